/**
 * The thread in which a trial runs under the rules of the original (`sim-original.ts`).
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { runOriginal } from '../sim/compare.ts';
import type { Stats, TrialOptions } from '../sim/trial-model.ts';

/** How far it is (ms of virtual time), then what came of it. */
export type Told = { readonly ms: number } | { readonly stats: Stats };

const tell = (told: Told): void => parentPort?.postMessage(told);

tell({ stats: await runOriginal(workerData as TrialOptions, (ms) => tell({ ms })) });
