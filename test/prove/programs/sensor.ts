/** A node with a temperature sensor. */
import { boot, defineService } from 'tdos';
import { obey, options, tell } from './part.ts';

const network = options<{ readonly port: number; readonly name: string; readonly interface?: string }>();
await boot({
  ...network,
  services: [defineService({ name: 'temp_sensor', read: () => ({ value: 21.5, unit: '°C' }) })],
});
obey({});
tell('up');
