/** A storage node: SQLite in the home of the proof. */
import { join } from 'node:path';
import { boot } from 'tdos';
import { storage } from 'tdos/services';
import { openSqlite } from '../../../src/hosts/node/storage/threaded.ts';
import { obey, options, tell } from './part.ts';

const { home, ...network } = options<{ readonly port: number; readonly home: string; readonly interface?: string }>();
const engine = await openSqlite({ path: join(home, 'rows.sqlite') });
await boot({ ...network, name: 'storage', home, services: [storage(engine)] });
obey({ rows: async () => (await engine.stats()).rows });
tell('up');
