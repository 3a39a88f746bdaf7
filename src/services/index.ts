/**
 * Services that come with TDOS. The hardware, the screen and the disk behind them are given by the host.
 *
 * @module
 */
export { type DisplayOptions, display, MAX_DISPLAY_CHARACTERS, MAX_DISPLAY_LINES, type Screen } from './display.ts';
export type { Journal, JournalStats, Sealed, TakenReading } from './logger/journal.ts';
export { type Logger, type LoggerOptions, type LoggerStats, loggerService, startLogger } from './logger/logger.ts';
export { Ring, type RingOptions } from './logger/ring.ts';
export {
  type Adc,
  humiditySensor,
  lightSensor,
  type Seconds,
  type SensorOptions,
  simulatedDaylight,
  tempSensor,
} from './sensors.ts';
export { MAX_BATCH } from './storage/batch.ts';
export type {
  Appended,
  Batch,
  BatchKey,
  EngineStats,
  Page,
  Point,
  Retention,
  Row,
  Series,
  SeriesFilter,
  StorageEngine,
  Summary,
} from './storage/model.ts';
export { type StorageOptions, storage } from './storage/service.ts';
