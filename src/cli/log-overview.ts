/**
 * `tdos log latest`, `series` and `stats`: what storage keeps.
 *
 * @module
 */
import type { Handle } from '../os/handle.ts';
import type { Os } from '../os/os.ts';
import { isObject } from '../wire/checks.ts';
import { formatDuration } from './duration.ts';
import { ANSWER_MS, seeCluster } from './join.ts';
import { type LogOptions, nameOf, nothing, seriesOf, unread } from './log-options.ts';
import { parseSeries } from './log-pages.ts';
import { print, printJson } from './print.ts';
import { valueText } from './readings.ts';
import { faint, tableText } from './table.ts';
import { momentText } from './times.ts';

export async function latest(
  handle: Handle<unknown>,
  resource: string | undefined,
  options: LogOptions,
): Promise<void> {
  const rows = await handle.call('latest', { ...seriesOf(resource, options), limit: 1000 }, { timeoutMs: ANSWER_MS });
  if (!Array.isArray(rows)) return unread();
  if (options.json) return printJson(rows);
  const now = Date.now();
  const lines = rows.filter(isObject).map((row) => {
    const one = parseSeries({ labels: {}, ...row });
    const at = Number(row.at);
    const value = valueText(row.value, one.unit);
    return [
      one.service,
      nameOf(one),
      value,
      momentText(at, options.tz),
      faint(`${formatDuration(Math.max(0, now - at))} ago`),
    ];
  });
  if (lines.length === 0) return nothing('it');
  print(tableText(['SERVICE', 'NODE', 'VALUE', 'TIME', 'AGE'], lines));
}

export async function series(
  handle: Handle<unknown>,
  resource: string | undefined,
  options: LogOptions,
): Promise<void> {
  const all: Readonly<Record<string, unknown>>[] = [];
  for (let after: unknown = 0; typeof after === 'number'; ) {
    const page: unknown = await handle.call(
      'series',
      { ...seriesOf(resource, options), after },
      { timeoutMs: ANSWER_MS },
    );
    if (!isObject(page) || !Array.isArray(page.series)) return unread();
    all.push(...page.series.filter(isObject));
    after = page.next;
  }
  if (options.json) return printJson(all);
  const moment = (at: unknown): string => (typeof at === 'number' ? momentText(at, options.tz) : '-');
  const lines = all.map((one) => {
    const { service, node, unit, labels } = parseSeries(one);
    const text = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    return [service, node, unit, moment(one.first), moment(one.last), faint(text.join(', '))];
  });
  print(tableText(['SERVICE', 'NODE', 'UNIT', 'FIRST', 'LAST', ''], lines));
}

export async function stats(os: Os, options: LogOptions): Promise<void> {
  await seeCluster(os, options);
  const ask = async (service: string): Promise<Readonly<Record<string, unknown>>[]> => {
    const nodes = (os.info(service)?.instances ?? []).filter(({ state }) => state === 'alive' || state === 'suspect');
    const answers = await Promise.all(
      nodes.map(async ({ node }) => (await os.open(`${service}@${node}`)).call('stats')),
    );
    return answers.filter(isObject);
  };
  const [storages, loggers] = await Promise.all([ask('storage'), ask('logger')]);
  if (options.json) return printJson({ storage: storages, loggers });
  const text = (value: unknown): string => (value === null || value === undefined ? '-' : String(value));
  const mib = (bytes: unknown): string => `${(Number(bytes) / 1_048_576).toFixed(1)} MiB`;
  print(
    tableText(
      ['STORAGE', 'ENGINE', 'SERIES', 'ROWS', 'DISK', 'ROLLED UP', 'DROPPED'],
      storages.map((one) => [
        text(one.node),
        text(one.engine),
        text(one.series),
        text(one.rows),
        mib(one.bytes),
        text(one.rolledUp),
        text(one.dropped),
      ]),
    ),
  );
  if (loggers.length === 0) return;
  print('');
  print(
    tableText(
      ['LOGGER', 'TAKEN', 'WAITING', 'JOURNAL', 'ROLLED UP', 'DROPPED', 'TO', ''],
      loggers.map((one) => [
        text(one.node),
        text(one.taken),
        text(one.waiting),
        mib(one.bytes),
        text(one.rolledUp),
        text(one.dropped),
        text(one.storage),
        one.trouble === null ? '' : text(one.trouble),
      ]),
    ),
  );
}
