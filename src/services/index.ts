/**
 * Services that come with TDOS. The hardware, the screen and the disk behind them are given by the host.
 *
 * @module
 */
export { type DisplayOptions, display, MAX_DISPLAY_CHARACTERS, MAX_DISPLAY_LINES, type Screen } from './display.ts';
export {
  type Adc,
  humiditySensor,
  lightSensor,
  type Seconds,
  type SensorOptions,
  simulatedDaylight,
  tempSensor,
} from './sensors.ts';
export { type Ledger, MAX_BATCH, type Row, type RowFilter, type StorageOptions, storage } from './storage.ts';
