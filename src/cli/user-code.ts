/**
 * Files that users bring: apps and services, each the default export of a module.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TdosError } from '../base/errors.ts';
import type { Os, ServiceDefinition } from '../os/os.ts';
import { CliError } from './faults.ts';

/** What an app gets beside the `Os`. */
export interface AppContext {
  /** Aborts when the app is to end. */
  readonly signal: AbortSignal;
  /** ms, from `--every`: how often the app is to do what it does; undefined leaves it to the app. */
  readonly every: number | undefined;
}

/** An app: the default export of its file. */
export type AppFunction = (os: Os, context: AppContext) => unknown;

/** True for what is meant as a file, whether it exists or not. */
export const isFile = (text: string): boolean => /[\\/]/.test(text) || /\.[mc]?[jt]s$/.test(text) || existsSync(text);

/** `weather-station` of `examples/weather-station.ts`. */
export const nameOf = (file: string): string => basename(file, extname(file));

/**
 * The default export of a file, or undefined when it has none. Running the file may be all that was wanted.
 *
 * @throws CliError USAGE when there is no such file, APP_FAILED when it throws.
 */
export async function loadDefault(file: string): Promise<unknown> {
  const path = resolve(file);
  if (!existsSync(path)) throw new CliError('USAGE', `there is no file ${file}.`);
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(path).href);
    return module.default;
  } catch (error) {
    throw faultIn(file, error);
  }
}

/** What a file of the user's threw, told as its own fault. Errors of TDOS stay what they are. */
export function faultIn(file: string, error: unknown): Error {
  if (error instanceof TdosError || error instanceof CliError) return error;
  return new CliError('APP_FAILED', `${file} failed: ${error instanceof Error ? error.message : error}`, error);
}

/** @throws CliError USAGE when the file has no app. */
export async function loadApp(file: string): Promise<AppFunction> {
  const app = await loadDefault(file);
  if (isApp(app)) return app;
  throw new CliError(
    'USAGE',
    `${file} has no app: it must say \`export default async function (os, { signal }) { ... }\`.`,
  );
}

export const isApp = (value: unknown): value is AppFunction => typeof value === 'function';

/** @throws CliError USAGE when the file has no service. */
export async function loadService(file: string): Promise<ServiceDefinition> {
  const service = await loadDefault(file);
  if (isService(service)) return service;
  throw new CliError('USAGE', `${file} has no service: it must say \`export default defineService({ ... })\`.`);
}

function isService(value: unknown): value is ServiceDefinition {
  if (typeof value !== 'object' || value === null) return false;
  return 'name' in value && 'capabilities' in value && 'start' in value && typeof value.start === 'function';
}
