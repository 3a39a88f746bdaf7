/**
 * Batches of a full journal, rolled up to minutes.
 *
 * @module
 */
import { type Batch, type MinuteRow, type Series, seriesText } from '../../../services/storage/model.ts';
import { MINUTE, rollUp } from '../../../services/storage/rollup.ts';

/** Rows in a batch: a minute takes 140 bytes at most, and a message 64 KiB. */
const MOST = 300;

/**
 * Fewer batches that stand for the same numbers, under numbers of the same batches; or the same batches, when they would not be fewer.
 * Readings that are no numbers have no average: they are kept as they are.
 */
export function rolledUp(batches: readonly Batch[]): readonly Batch[] {
  const places = new Map<string, number>();
  const series: Series[] = [];
  const placeOf = (one: Series | undefined): number => {
    if (one === undefined) return 0;
    const text = seriesText(one);
    const place = places.get(text) ?? series.push(one) - 1;
    places.set(text, place);
    return place;
  };
  const own = batches.map((batch) => batch.series.map(placeOf));
  const rows = batches.flatMap((batch, index) =>
    batch.rows.map(([place, ...rest]): Batch['rows'][number] => [own[index]?.[place] ?? 0, ...rest]),
  );
  const minutes = batches.flatMap((batch, index) =>
    batch.minutes.map(([place, ...rest]): MinuteRow => [own[index]?.[place] ?? 0, ...rest]),
  );
  const rolled: MinuteRow[] = [];
  rollUp({ rows, minutes }, MINUTE, (place, at, summary) => rolled.push([place, at, summary]));
  rolled.sort((a, b) => a[1] - b[1]);
  const items = [...rows.filter(([, , value]) => typeof value !== 'number'), ...rolled];
  const dropped = batches.reduce((sum, batch) => sum + batch.dropped, 0);
  const count = Math.ceil(items.length / MOST);
  if (count >= batches.length) return batches;
  return Array.from({ length: count }, (_, index): Batch => {
    const part = items.slice(index * MOST, (index + 1) * MOST);
    const isMinute = (item: Batch['rows'][number] | MinuteRow): item is MinuteRow =>
      typeof item[2] === 'object' && item[2] !== null;
    return {
      key: batches[index]?.key,
      series,
      rows: part.filter((item): item is Batch['rows'][number] => !isMinute(item)),
      minutes: part.filter(isMinute),
      dropped: index === 0 ? dropped : 0,
    };
  });
}
