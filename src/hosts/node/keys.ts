/**
 * Where a node of this machine gets its cluster's keys from: their file, read at the start, and again whenever it changes.
 *
 * The file system tells of changes, and where it does not, a look now and then finds them.
 *
 * @module
 */
import { type FSWatcher, type Stats, statSync, watch } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { basename, dirname } from 'node:path';
import { TdosError } from '../../base/errors.ts';
import type { KeySource } from '../../os/host.ts';
import { areSameKeys, changeKeys, isSameKey, type Keys, keyFile, readKeys, readOrMakeKeys } from './key-file.ts';
import { findLink } from './links.ts';
import type { Notice } from './store.ts';

export interface KeyOptions {
  readonly home?: string | undefined;
  readonly interface?: string | undefined;
  readonly notice?: Notice | undefined;
}

/** ms between looks at the file. */
const LOOK_MS = 3000;

/** The keys of this machine. On loopback, where nobody else could have one, a missing key is made by whoever needs it. */
export function nodeKeys(options: KeyOptions): KeySource {
  const path = keyFile(options.home);
  const isLocal =
    options.interface === undefined || findLink(networkInterfaces(), options.interface)?.loopback === true;
  let loaded: Keys = [];
  return {
    load() {
      const keys = isLocal ? readOrMakeKeys(path) : readKeys(path);
      if (keys === undefined) throw new TdosError('NO_KEY');
      loaded = keys;
      return keys;
    },
    watch: (changed) => new KeyWatch(path, loaded, changed, options.notice).stop,
    drop: (key) =>
      changeKeys(path, (keys) => {
        const [oldest, newest] = keys ?? [];
        return oldest && newest && isSameKey(oldest, key) ? [newest] : undefined;
      }),
  };
}

class KeyWatch {
  private readonly path: string;
  private readonly changed: (keys: Keys) => void;
  private readonly notice: Notice | undefined;
  private readonly watcher: FSWatcher | undefined;
  private readonly timer: NodeJS.Timeout;
  private keys: Keys;
  /** What the file was like at the last look. */
  private seen = '';

  constructor(path: string, keys: Keys, changed: (keys: Keys) => void, notice: Notice | undefined) {
    this.path = path;
    this.keys = keys;
    this.changed = changed;
    this.notice = notice;
    this.watcher = this.listen();
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
    this.look();
  }

  readonly stop = (): void => {
    this.watcher?.close();
    clearInterval(this.timer);
  };

  /** Of the folder: each change puts another file in the place of the one before. */
  private listen(): FSWatcher | undefined {
    try {
      const own = basename(this.path);
      const watcher = watch(dirname(this.path), { persistent: false }, (_event, file) => {
        if (file === null || file === own) this.look();
      });
      return watcher.on('error', () => watcher.close());
    } catch {
      return undefined; // Some file systems do not tell; then the timer alone finds changes.
    }
  }

  /** What cannot be read now changes nothing: the node goes on with the keys that it has. */
  private look(): void {
    const mark = markOf(this.path);
    if (mark === this.seen) return;
    this.seen = mark;
    try {
      const keys = readKeys(this.path);
      if (keys === undefined) throw new TdosError('HOST', `The cluster key ${this.path} was deleted.`);
      if (areSameKeys(this.keys, keys)) return;
      this.keys = keys;
      this.changed(keys);
    } catch (error) {
      this.notice?.(`${error instanceof Error ? error.message : String(error)} The nodes that run keep theirs.`);
    }
  }
}

/** Another for each file that was in that place; '' for none. */
function markOf(path: string): string {
  let stats: Stats | undefined;
  try {
    stats = statSync(path);
  } catch {
    return '';
  }
  return `${stats.ino} ${stats.mtimeMs} ${stats.size} ${stats.mode}`;
}
