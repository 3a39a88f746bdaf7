/**
 * What a node and its storage thread say to each other.
 *
 * @module
 */
import { type ErrorCode, TdosError } from '../../../base/errors.ts';
import type { StorageEngine } from '../../../services/storage/model.ts';

export type Operation = keyof StorageEngine;

export interface Request {
  readonly id: number;
  readonly op: Operation;
  readonly args: readonly unknown[];
}

/** Of an error only this crosses between threads. */
export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
}

export type Response =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly fault: Fault };

/** The number under which the thread says that the file is open, or why not. */
export const OPENING = 0;

export function faultOf(error: unknown): Fault {
  if (error instanceof TdosError) return { code: error.code, message: error.message };
  return { code: 'FAILED', message: error instanceof Error ? error.message : String(error) };
}
