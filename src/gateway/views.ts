/**
 * The cluster in the words of the API. The node's clock tells how long ago things were; the API tells when they were.
 *
 * @module
 */
import type * as v from 'valibot';
import { TdosError } from '../base/errors.ts';
import type { Survey as OsSurvey } from '../os/group.ts';
import type { Missing as OsMissing } from '../os/handle.ts';
import type { InstanceInfo, NodeInfo } from '../os/os.ts';
import type { Reading as OsReading } from '../os/reading.ts';
import type { Explanation as OsExplanation } from '../os/why/model.ts';
import type { Explanation, Instance, Missing, Node, Operation, Reading, Survey } from './schemas.ts';

export type NodeView = v.InferOutput<typeof Node>;
export type InstanceView = v.InferOutput<typeof Instance>;
export type ReadingView = v.InferOutput<typeof Reading>;
export type MissingView = v.InferOutput<typeof Missing>;
export type SurveyView = v.InferOutput<typeof Survey>;
export type ExplanationView = v.InferOutput<typeof Explanation>;
type OperationView = v.InferOutput<typeof Operation>;

export const idText = (id: number): string => id.toString(16).padStart(8, '0');

const round = (ms: number): number => Math.round(ms * 10) / 10;

/** @param wallClock - ms since 1970, now. */
export function nodeView(info: NodeInfo, wallClock: number): NodeView {
  const {
    node: name,
    nodeId,
    address,
    state,
    sinceMs,
    heardMs,
    intervalMs,
    epoch,
    kernel,
    v1,
    load,
    services,
    own,
  } = info;
  return {
    ...{ id: idText(nodeId), name, address, state, since: Math.round(wallClock - sinceMs) },
    ...{ heardMs: Math.round(heardMs), intervalMs, epoch, kernel, v1, load, services: [...services], own },
  };
}

/** @param wallClock - ms since 1970, now. */
export function instanceView(info: InstanceInfo, wallClock: number): InstanceView {
  const { service, version, labels, capabilities, node, nodeId, address, state, sinceMs, heardMs } = info;
  const { epoch, rttMs, breaker, unanswered, v1, trusted, own } = info;
  return {
    ...{ service, version, labels: { ...labels }, operations: operationsOf(capabilities) },
    ...{ node, nodeId: idText(nodeId), address, state, since: Math.round(wallClock - sinceMs) },
    ...{ heardMs: Math.round(heardMs), epoch, rttMs: rttMs === undefined ? null : round(rttMs) },
    ...{ breaker, unanswered, v1, trusted, own },
  };
}

/** A trailing `!` marks an operation that is not safe to repeat. */
const operationsOf = (capabilities: readonly string[]): OperationView[] =>
  capabilities.map((capability) => ({ name: capability.replace(/!$/, ''), safe: !capability.endsWith('!') }));

export function readingView(reading: OsReading<unknown>): ReadingView {
  const { service, node, nodeId, value, unit, quality, age, trusted, error } = reading;
  return {
    ...{ service, node, nodeId: idText(nodeId), value, unit, quality, ageMs: round(age), trusted },
    ...(error === undefined ? {} : { error: faultView(error) }),
  };
}

export const missingView = ({ error }: OsMissing): MissingView => ({ quality: 'none', error: faultView(error) });

/** A beat of a watch. */
export const beatView = (beat: OsReading<unknown> | OsMissing): ReadingView | MissingView =>
  beat.quality === 'none' ? missingView(beat) : readingView(beat);

export const surveyView = ({ readings, failures }: OsSurvey<unknown>): SurveyView => ({
  readings: readings.map(readingView),
  failures: failures.map(({ node, nodeId, error }) => ({ node, nodeId: idText(nodeId), error: faultView(error) })),
});

export const explanationView = ({ findings, notes, ...rest }: OsExplanation): ExplanationView => ({
  ...rest,
  findings: findings.map(({ history, ...finding }) => ({ ...finding, history: [...history] })),
  notes: [...notes],
});

export function faultView(error: unknown): { code: string; message: string } {
  if (error instanceof TdosError) return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: 'The gateway failed.' };
}
