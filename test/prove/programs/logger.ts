/** A logger that notes which readings it accepted, in a file that outlives it. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { boot } from 'tdos';
import { type Journal, loggerService, startLogger } from 'tdos/services';
import { openJournal } from '../../../src/hosts/node/storage/journal.ts';
import { obey, options, tell } from './part.ts';

interface LoggerOptions {
  readonly port: number;
  readonly home: string;
  readonly everyMs: number;
  readonly interface?: string;
}

const { everyMs, home, ...network } = options<LoggerOptions>();
const os = await boot({ ...network, name: 'logger', home });
const journal = openJournal({
  folder: join(home, 'journal'),
  source: 'logger',
  epoch: os.nodes().find(({ own }) => own)?.epoch ?? 0,
  offset: () => os.clock.wallClock() - os.clock.now(),
});
const noting: Journal = {
  write: (readings) => {
    journal.write(readings);
    appendFileSync(join(home, 'accepted'), readings.map(({ value }) => `${value}\n`).join(''));
  },
  ...{ sync: () => journal.sync(), seal: () => journal.seal(), head: () => journal.head() },
  ...{ done: (how) => journal.done(how), stats: () => journal.stats(), close: () => journal.close() },
};
await os.provide(loggerService(startLogger(os, { journal: noting, every: everyMs, batchMs: 200 })));
obey({ waiting: () => journal.stats().waiting });
tell('up');
