/**
 * `tdos storage`: a node that keeps readings.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { TdosError } from '../../base/errors.ts';
import { importLegacy } from '../../hosts/node/storage/legacy.ts';
import { legacyPath, storagePath } from '../../hosts/node/storage/paths.ts';
import { checkSqlite, repairSqlite } from '../../hosts/node/storage/sqlite-repair.ts';
import { openSqlite } from '../../hosts/node/storage/threaded.ts';
import { homeFolder } from '../../hosts/node/store.ts';
import { every } from '../../os/app.ts';
import type { Os } from '../../os/os.ts';
import type { Retention, StorageEngine } from '../../services/storage/model.ts';
import { storage } from '../../services/storage/service.ts';
import { warn } from '../join.ts';
import { addLog } from '../log.ts';
import { runNode, type StayOptions } from '../node.ts';
import { addFor } from '../options.ts';
import { print } from '../print.ts';
import { printable } from '../table.ts';
import { parseSpan } from '../times.ts';

interface StorageOptions extends StayOptions {
  readonly keep?: readonly Retention[];
  readonly store?: string;
}

/** Characters of the progress bar. */
const BAR = 40;
/** Damaged hours that are listed. */
const LINES = 20;
/** ms between looks for what is too old, and for damage. */
const PRUNE_MS = 600_000;

const EXAMPLES = `
It keeps readings in TDOS_HOME/storage/NAME.sqlite; what was answered for is on the disk, also when the power fails.
Everything is kept for ever unless --keep says otherwise. Averages of minutes and hours stay when readings go.

Examples:
  tdos storage
  tdos storage --keep 'cpu_load=7d' --keep 'temp_sensor=1y'
  tdos storage --store postgres://tdos@db.local/tdos
  tdos log latest`;

export function define(command: Command): void {
  addLog(addFor(command))
    .description('Runs a node that stores readings, until Ctrl-C.')
    .option('--name <node>', 'name of the node, and of its file', 'storage')
    .option(
      '--keep <service=time>',
      'forget single readings after so long, such as cpu_load=7d; may be repeated',
      collectKeep,
    )
    .option('--store <address>', 'keep them in PostgreSQL: postgres://user:password@host:5432/database')
    .addHelpText('after', EXAMPLES)
    .action((_options: unknown, self: Command) => runStorage(self.optsWithGlobals<StorageOptions>()));
  command
    .command('check')
    .description('Looks whether all readings of a file are as they were written. A node may use it meanwhile.')
    .argument('[file]', 'the SQLite file (default: that of the node `storage`)')
    .action((file = storagePath(homeFolder(), 'storage')) => check(file));
  command
    .command('repair')
    .description('Makes a new file of all that can be read of a damaged one, which is kept beside it.')
    .argument('[file]', 'the SQLite file (default: that of the node `storage`)')
    .action((file = storagePath(homeFolder(), 'storage')) => repair(file));
  command
    .command('migrate')
    .description('Copies the history of a SQLite file into PostgreSQL, and compares the counts. Stop the node first.')
    .argument('<address>', 'postgres://user:password@host:5432/database')
    .argument('[file]', 'the SQLite file (default: that of the node `storage`)')
    .action((address: string, file = storagePath(homeFolder(), 'storage')) => migrate(address, file));
}

function check(file: string): void {
  const { rows, damaged, structure } = checkSqlite(file);
  for (const line of structure) print(`structure: ${printable(line)}`);
  for (const { series, at, written, found } of damaged.slice(0, LINES))
    print(
      `series ${series}, the hour from ${new Date(at).toISOString()}: ${written} readings were written, ${found} are there`,
    );
  if (damaged.length > LINES) print(`... and ${damaged.length - LINES} hours more`);
  if (structure.length + damaged.length === 0) {
    print(`All ${rows} readings of ${file} are as they were written.`);
    return;
  }
  throw new TdosError('HOST', `${file} is damaged. Stop its node, and run \`tdos storage repair ${file}\`.`);
}

async function migrate(address: string, file: string): Promise<void> {
  if (!existsSync(file)) throw new TdosError('HOST', `There is no file ${file}.`);
  const { migrateToPostgres } = await import('../../hosts/node/storage/migrate.ts');
  const { rows, minutes, series } = await migrateToPostgres(file, address, progressBar());
  print(
    `${rows} readings and ${minutes} minutes of ${series} series are in PostgreSQL, counted there. ${file} is as it was.`,
  );
  print(`Start the node again with: tdos storage --store '${address.replace(/:[^:@/]*@/, ':...@')}'`);
}

/** A bar on a terminal; elsewhere nothing. */
function progressBar(): (done: number, all: number) => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => undefined;
  return (done, all) => {
    const share = all === 0 ? 1 : Math.min(1, done / all);
    const full = Math.round(share * BAR);
    const bar = '█'.repeat(full) + '░'.repeat(BAR - full);
    stderr.write(`\r${bar} ${Math.floor(share * 100)} %  ${done} of ${all}${share === 1 ? '\n' : ''}`);
  };
}

function repair(file: string): void {
  const { kept, lost, aside } = repairSqlite(file);
  const missing = lost === undefined ? 'how many are lost is not known' : `${lost} could not be read`;
  print(`${kept} readings are in the new ${file}; ${missing}. The damaged file is kept as ${aside}.`);
}

async function runStorage(options: StorageOptions): Promise<void> {
  let engine: StorageEngine | undefined;
  await runNode(options, {
    services: async (os) => {
      engine = await openEngine(os.name, options);
      forgetOld(os, engine);
      return [storage(engine)];
    },
    end: async () => engine?.close(),
  });
}

async function openEngine(name: string, options: StorageOptions): Promise<StorageEngine> {
  const engine = await openStore(name, options);
  try {
    await importLegacy(engine, legacyPath(homeFolder(), name), warn);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** PostgreSQL is loaded only where it is used. */
async function openStore(name: string, { store, keep: retention = [] }: StorageOptions): Promise<StorageEngine> {
  if (store === undefined) return openSqlite({ path: storagePath(homeFolder(), name), retention });
  const { openPostgres } = await import('../../hosts/node/storage/postgres.ts');
  return openPostgres({ url: store, retention });
}

function forgetOld(os: Os, engine: StorageEngine): void {
  let known = 0;
  every(os, PRUNE_MS, async (signal) => {
    while (!signal.aborted && (await engine.prune(Date.now()))) {}
    const { damagedHours } = await engine.stats();
    if (damagedHours > known)
      warn(
        `${damagedHours} hours of readings are not as they were written: the disk changed them. \`tdos storage check\` lists them.`,
      );
    known = damagedHours;
  });
}

/** One more `service=time`. */
function collectKeep(text: string, earlier: readonly Retention[] = []): readonly Retention[] {
  const [service = '', time = ''] = text.split('=');
  const rows = parseSpan(time);
  if (service === '' || rows === undefined)
    throw new InvalidArgumentError('Say a service and a time: cpu_load=7d. Units are h, d, w and y.');
  return [...earlier, { filter: { service }, rows }];
}
