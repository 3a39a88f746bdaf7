/**
 * Readings as text for other programs: CSV (RFC 4180, times in ISO 8601, UTC) and JSON Lines.
 *
 * @module
 */
import { labelsText, type Page, type Point, type Row, type Scalar, type Series } from './model.ts';

export type Format = 'csv' | 'jsonl';

const ROW_HEAD = 'time,service,node,unit,labels,value';
const POINT_HEAD = 'time,service,node,unit,labels,avg,min,max,last,count';

/**
 * A page of readings or points. Each line ends with `\n`.
 *
 * @param isFirst - the page begins the text: CSV has its head there.
 */
export function textOf(
  { series, items }: Page<Row | Point>,
  format: Format,
  kind: 'rows' | 'points',
  isFirst: boolean,
): string {
  const head = format === 'csv' && isFirst ? `${kind === 'rows' ? ROW_HEAD : POINT_HEAD}\n` : '';
  const line = format === 'csv' ? csvLine : jsonLine;
  return head + items.map((item) => `${line(series[item[0]], item)}\n`).join('');
}

function csvLine(series: Series | undefined, item: Row | Point): string {
  const { service = '', node = '', unit = '', labels = {} } = series ?? {};
  const [, at, value] = item;
  const names = [isoTime(at), service, node, unit, Object.keys(labels).length === 0 ? '' : labelsText(labels)];
  return [...names, ...(isSummary(value) ? numbersOf(value) : [value])].map(cell).join(',');
}

function jsonLine(series: Series | undefined, item: Row | Point): string {
  const [, at, value, extras] = item;
  if (!isSummary(value)) return JSON.stringify({ time: isoTime(at), ...series, value, ...extras });
  const [avg, min, max, last, count] = numbersOf(value);
  return JSON.stringify({ time: isoTime(at), ...series, avg, min, max, last, count });
}

const isSummary = (value: Row[2] | Point[2]): value is Point[2] => typeof value === 'object' && value !== null;

/** Average, least, greatest, last and how many. */
export const numbersOf = ({ count, sum, min, max, last }: Point[2]): [number, number, number, number, number] => [
  sum / count,
  min,
  max,
  last,
  count,
];

function cell(value: Scalar): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** ms since 1970 as `2026-01-31T12:00:00.000Z`; portable code has no Date. The date is by Howard Hinnant's `civil_from_days`. */
export function isoTime(at: number): string {
  const day = Math.floor(at / 86_400_000);
  const ms = at - day * 86_400_000;
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const years = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * years + Math.floor(years / 4) - Math.floor(years / 100));
  const part = Math.floor((5 * ofYear + 2) / 153);
  const date = ofYear - Math.floor((153 * part + 2) / 5) + 1;
  const month = part < 10 ? part + 3 : part - 9;
  const year = years + era * 400 + (month <= 2 ? 1 : 0);
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  const time = `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}`;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(date)}T${time}.${String(ms % 1000).padStart(3, '0')}Z`;
}
