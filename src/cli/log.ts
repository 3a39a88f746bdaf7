/**
 * What a node that stays tells: lines for people, or with `--log json` one object a line for programs. Then all goes that
 * way, also what apps write to the console, so that a collector never meets anything else.
 *
 * The form is chosen once for the process, at its start.
 *
 * @module
 */
import { format } from 'node:util';
import { type Command, Option } from 'commander';
import type { Level } from '../gateway/journal.ts';
import { print } from './print.ts';

export interface LogOptions {
  readonly log?: 'text' | 'json';
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
}

/** How much a line asks for attention. `notice` is info to programs, which know no such level. */
export type LineLevel = Level | 'debug';

type Fields = Readonly<Record<string, unknown>>;
type Write = (level: LineLevel, text: string, fields: Fields) => void;

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const NAMES = { debug: 'debug', info: 'info', notice: 'info', warning: 'warn', error: 'error' } as const;

let write: Write = (level, text) => {
  if (level !== 'debug') print(text);
};
let isJson = false;

/** Adds `--log` and `--log-level`. */
export const addLog = (command: Command): Command =>
  command
    .addOption(
      new Option('--log <form>', 'text for people, json for programs').choices(['text', 'json']).default('text'),
    )
    .addOption(new Option('--log-level <level>', 'what is told, and all above it').choices(LEVELS).default('info'));

/** Tells something. `fields`: what a program wants to know of it. */
export const tell = (level: LineLevel, text: string, fields: Fields = {}): void => write(level, text, fields);

/** True when nothing but JSON may be written. */
export const logsJson = (): boolean => isJson;

/**
 * Chooses the form of this process.
 *
 * @param nodeName - asked for each line: a node has its name only once it has joined.
 */
export async function chooseLog(
  { log, logLevel = 'info' }: LogOptions,
  nodeName: () => string | undefined,
): Promise<void> {
  const least = LEVELS.indexOf(logLevel);
  if (log !== 'json') {
    write = (level, text) => {
      if (LEVELS.indexOf(NAMES[level]) >= least) print(text);
    };
    return;
  }
  const { pino } = await import('pino');
  const logger = pino({
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => ({ node: nodeName() }),
  });
  isJson = true;
  write = (level, text, fields) => logger[NAMES[level]](fields, text);
  // What apps write, and the warnings of this command itself.
  for (const [method, level] of [
    ['log', 'info'],
    ['info', 'info'],
    ['debug', 'debug'],
    ['warn', 'warn'],
    ['error', 'error'],
  ] as const)
    console[method] = (...words: unknown[]) => logger[level]({ source: 'console' }, format(...words));
}
