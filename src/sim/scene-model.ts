/**
 * A scene as values: what its lines ask for, in order. `scene-forms.ts` says how each is written.
 *
 * @module
 */
import type { Reduction } from '../os/virtual.ts';
import type { PeerState } from '../wire/message.ts';
import type { Fault } from './faults.ts';
import type { RadioOptions } from './radio.ts';
import type { TrialOptions } from './trial-model.ts';

export interface Scene {
  /** Named in errors. */
  readonly file: string;
  readonly seed: number;
  readonly lines: readonly SceneLine[];
}

/** A line of the file that is no golden answer, and the golden answers that follow it. */
export interface SceneLine {
  /** 1 for the first of the file. */
  readonly number: number;
  readonly text: string;
  /** Undefined for comments and empty lines. */
  readonly step: Step | undefined;
  readonly golden: readonly string[];
}

/** A fault of a text: which file and line, what is wrong, and what is allowed. */
export class SceneError extends Error {
  constructor(file: string, line: number, message: string) {
    super(`${file}:${line}: ${message}`);
    this.name = 'SceneError';
  }
}

/** One service that a node offers. */
export interface Offer {
  readonly service: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of a virtual service: what it is computed from, and how. */
  readonly virtual: { readonly from: string; readonly reduce: Reduction } | undefined;
}

/** `living`: alive or suspect. `unknown`: the observer has no such node in its view. */
export type SeenState = PeerState | 'living' | 'unknown';

export type Claim =
  | {
      readonly is: 'sees';
      readonly observers: readonly string[];
      readonly views: readonly { readonly node: string; readonly state: SeenState }[];
    }
  /** All see the same nodes, states and services. */
  | { readonly is: 'agree'; readonly observers: readonly string[] };

/** A read, a write or another call, by a node. */
export interface Ask {
  readonly by: string;
  readonly resource: string;
  readonly versions: string | undefined;
  readonly op: string;
  readonly args: unknown;
  readonly timeoutMs: number | undefined;
  readonly maxAgeMs: number | undefined;
}

/** What happens to one machine. */
export type Blow = 'kill' | 'boot' | 'reboot' | 'hang' | 'resume' | 'cut' | 'mend' | 'deaf' | 'stop' | 'move';

export type Role = 'node' | 'board' | 'kernel' | 'app';

export type Step =
  | { readonly is: 'seed'; readonly seed: number }
  | {
      readonly is: 'start';
      readonly name: string;
      readonly role: Role;
      readonly offers: readonly Offer[];
      /** It has a copy of that one's disk, and with it its id. */
      readonly copyOf: string | undefined;
    }
  | { readonly is: 'stranger'; readonly name: string; readonly protocol: number }
  | { readonly is: 'pass'; readonly ms: number }
  /** Comes true within `withinMs`, and then stays true for `forMs`. */
  | { readonly is: 'claim'; readonly claim: Claim; readonly withinMs: number; readonly forMs: number }
  | {
      readonly is: 'ask';
      readonly ask: Ask;
      readonly times: number;
      readonly everyMs: number;
      readonly meanwhile: boolean;
    }
  | { readonly is: 'finish' }
  | { readonly is: 'blow'; readonly blow: Blow; readonly nodes: readonly string[] }
  | { readonly is: 'sleep'; readonly node: string; readonly ms: number }
  | { readonly is: 'lose-epoch'; readonly node: string }
  | { readonly is: 'partition'; readonly groups: readonly (readonly string[])[] }
  | { readonly is: 'one-way'; readonly from: string; readonly to: string }
  | { readonly is: 'heal' }
  | { readonly is: 'loss'; readonly share: number }
  | { readonly is: 'slow'; readonly ms: number }
  | { readonly is: 'offer'; readonly node: string; readonly offers: readonly Offer[] }
  | { readonly is: 'withdraw'; readonly node: string; readonly service: string }
  | { readonly is: 'device'; readonly node: string; readonly service: string; readonly change: DeviceChange }
  | { readonly is: 'counted'; readonly node: string; readonly service: string; readonly count: number }
  | { readonly is: 'watch'; readonly node: string; readonly ask: Ask; readonly everyMs: number }
  | { readonly is: 'readings'; readonly node: string }
  | {
      readonly is: 'show';
      readonly node: string;
      readonly resources: readonly string[];
      readonly on: string;
      readonly everyMs: number;
    }
  | { readonly is: 'screen'; readonly node: string }
  | { readonly is: 'events'; readonly node: string; readonly about: string | undefined }
  | { readonly is: 'skip-events' }
  | { readonly is: 'nodes'; readonly node: string }
  | { readonly is: 'services'; readonly node: string }
  /** A trial (`trial.ts`) instead of nodes by name. Air and faults follow, then `run`. */
  | { readonly is: 'trial'; readonly trial: Omit<TrialOptions, 'seed' | 'radio' | 'faults'> }
  | { readonly is: 'air'; readonly radio: Partial<RadioOptions> }
  | { readonly is: 'at'; readonly fault: Fault }
  | { readonly is: 'run' };

/** How a device behaves from now on. */
export type DeviceChange =
  | { readonly is: 'reads'; readonly value: number }
  | { readonly is: 'takes'; readonly ms: number }
  | { readonly is: 'fails' }
  | { readonly is: 'works' };
