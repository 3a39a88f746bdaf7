/** Sensors whose every value is another; it knows when it gave each. */
import { boot, defineService } from 'tdos';
import { obey, options, tell } from './part.ts';

const { count, home, ...network } = options<{
  readonly port: number;
  readonly home: string;
  readonly count: number;
  readonly interface?: string;
}>();
const given: number[] = [];
const read = (): number => given.push(Date.now());
const services = Array.from({ length: count }, (_, n) => defineService({ name: `sensor-${n}`, read }));
const os = await boot({ ...network, home, name: 'sensors', services });
obey({
  /** Gives no more. Element n - 1 says when the value n was given, ms since 1970. */
  end: async () => {
    await os.close();
    return given;
  },
});
tell('up');
