/**
 * What a board keeps in flash: who it is, the kernels it met, and the cluster's key. One entry holds id, epoch and term
 * together, so that the power may go at any moment. An entry must stay under 64 bytes.
 *
 * @module
 */
import { TdosError } from '../../base/errors.ts';
import type { KeySource, Store, StoredState } from '../../os/host.ts';
import { bufferOf } from './hmac.ts';
import type { Preferences } from './moddable.ts';

const DOMAIN = 'tdos';
const KEY_BYTES = 32;
/** `255.255.255.255:65535` and a space, twice. */
const MAX_KERNELS = 2;

export class FlashStore implements Store {
  private readonly preferences: Preferences;

  constructor(preferences: Preferences) {
    this.preferences = preferences;
  }

  load(): StoredState | undefined {
    const node = this.preferences.get(DOMAIN, 'node');
    if (!(node instanceof ArrayBuffer) || node.byteLength !== 12) return undefined;
    const state = new DataView(node);
    const kernels = this.preferences.get(DOMAIN, 'kernels');
    return {
      id: state.getUint32(0),
      epoch: state.getUint32(4),
      term: state.getUint32(8),
      kernels: typeof kernels === 'string' && kernels !== '' ? kernels.split(' ') : [],
    };
  }

  save({ id, epoch, term, kernels }: StoredState): void {
    const { preferences } = this;
    const state = new DataView(new ArrayBuffer(12));
    [id, epoch, term].forEach((value, at) => {
      state.setUint32(at * 4, value);
    });
    if (!equal(preferences.get(DOMAIN, 'node'), state.buffer)) preferences.set(DOMAIN, 'node', state.buffer);
    const met = kernels.slice(0, MAX_KERNELS).join(' ');
    if ((preferences.get(DOMAIN, 'kernels') ?? '') !== met) preferences.set(DOMAIN, 'kernels', met);
  }
}

/** Flash wears: what is there already is not written again. */
function equal(known: unknown, wanted: ArrayBuffer): boolean {
  if (!(known instanceof ArrayBuffer) || known.byteLength !== wanted.byteLength) return false;
  const bytes = new Uint8Array(known);
  return new Uint8Array(wanted).every((byte, at) => byte === bytes[at]);
}

/** The node's name, as it was set up. */
export function storedName(preferences: Preferences): string | undefined {
  const name = preferences.get(DOMAIN, 'name');
  return typeof name === 'string' ? name : undefined;
}

/** Takes over what was set up, for this start and all later ones. What is not given stays as it is. */
export function setUp(
  preferences: Preferences,
  given: { readonly name?: string | undefined; readonly key?: Uint8Array | undefined },
): void {
  const { name, key } = given;
  if (name !== undefined && name !== storedName(preferences)) preferences.set(DOMAIN, 'name', name);
  if (key === undefined || equal(preferences.get(DOMAIN, 'key'), bufferOf(key))) return;
  preferences.set(DOMAIN, 'key', bufferOf(key));
  preferences.delete(DOMAIN, 'old-key');
}

export class FlashKeys implements KeySource {
  private readonly preferences: Preferences;

  constructor(preferences: Preferences) {
    this.preferences = preferences;
  }

  load(): readonly Uint8Array[] {
    const keys = ['old-key', 'key'].flatMap((name) => {
      const key = this.preferences.get(DOMAIN, name);
      return key instanceof ArrayBuffer && key.byteLength === KEY_BYTES ? [new Uint8Array(key)] : [];
    });
    if (keys.length === 0)
      throw new TdosError(
        'NO_KEY',
        'This board has no cluster key. Flash it with `key=…`, as `tdos key show` prints it.',
      );
    return keys;
  }

  /** Keys change by flashing, which restarts the board. */
  watch(): () => void {
    return () => undefined;
  }

  drop(key: Uint8Array): void {
    if (equal(this.preferences.get(DOMAIN, 'old-key'), bufferOf(key))) this.preferences.delete(DOMAIN, 'old-key');
  }
}
