/**
 * The functions of the original MicroPython programs, on Node: `import * as tinyos from 'tdos/tinyos'`. There is one
 * instance a process, as there.
 *
 * @module
 */
import { boot } from './index.ts';
import { makeTinyos } from './os/tinyos.ts';

export type { TinyOs, TinyServiceInfo } from './os/tinyos.ts';

export const tinyos = makeTinyos(boot, (line) => console.log(line));

export const {
  init,
  openDisplay,
  openSensor,
  openTempSensor,
  openHumiditySensor,
  openLightSensor,
  write,
  read,
  listServices,
  getServiceInfo,
  shutdown,
} = tinyos;
