/** Many nodes in one process, each with a sensor. */
import { boot, defineService } from 'tdos';
import { obey, options, tell } from './part.ts';

interface CrowdOptions {
  readonly port: number;
  readonly from: number;
  readonly nodes: number;
}

const { port, from, nodes } = options<CrowdOptions>();
const sensor = (room: number) =>
  defineService({ name: 'temp_sensor', labels: { room: String(room) }, read: () => ({ value: room, unit: '°C' }) });
const numbers = Array.from({ length: nodes }, (_, at) => from + at);
const all = await Promise.all(numbers.map((n) => boot({ port, name: `n${n}`, services: [sensor(n)] })));
const [first] = all;
const extra = await first?.provide(defineService({ name: 'passing', read: () => 1 }));

obey({ withdraw: () => extra?.withdraw() });
tell('up');
