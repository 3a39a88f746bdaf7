/** The storage node of the bench, in a process of its own. */
import { boot } from 'tdos';
import { storage } from 'tdos/services';
import { openSqlite } from '../src/hosts/node/storage/threaded.ts';

const [port, path = ''] = process.argv.slice(2);
process.once('disconnect', () => process.exit(0));
const engine = await openSqlite({ path });
await boot({ port: Number(port), name: 'store', services: [storage(engine)] });
process.send?.(0);
