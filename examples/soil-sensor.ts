// A new kind of service: soil moisture, which can be calibrated. The probe is simulated here; on a board it is an analog input.
//
//   tdos sensor examples/soil-sensor.ts --name greenhouse
//   tdos read soil_sensor
//   tdos call soil_sensor calibrate '{"dry":20}'

import { defineService, TdosError } from 'tdos';

/** What the probe gives in dry air and in water; 0 to 100. */
let dry = 0;
const WET = 100;

/** Wet after rain, drying for a minute. */
const probe = (): number => 80 - ((Date.now() / 1000) % 60);

export default defineService({
  name: 'soil_sensor',
  version: '1.2.0',
  labels: { room: 'greenhouse' },
  read: () => ({ value: Math.max(0, ((probe() - dry) / (WET - dry)) * 100), unit: '%' }),
  ops: {
    // Not safe to repeat: it changes what the sensor says. TDOS runs it at most once, however often a datagram is lost.
    calibrate: {
      safe: false,
      run: (args: { readonly dry: unknown }) => {
        if (typeof args?.dry !== 'number' || args.dry < 0 || args.dry >= WET)
          throw new TdosError('BAD_ARGUMENT', 'calibrate takes { "dry": 0 to 99 }, what the probe gives in dry air.');
        dry = args.dry;
        return { dry };
      },
    },
  },
});
