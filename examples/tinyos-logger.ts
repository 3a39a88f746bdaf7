// data_logger.py of the original, line by line: the same functions, in camel case and with `await`.
//
//   tdos run examples/tinyos-logger.ts

import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as tinyos from 'tdos/tinyos';

interface DataPoint {
  readonly timestamp: number;
  readonly readings: Record<string, unknown>;
}

class DataLogger {
  private readonly logInterval: number;
  private dataBuffer: DataPoint[] = [];

  constructor(logInterval = 10) {
    this.logInterval = logInterval;
  }

  /** Log all available sensors */
  async logSensors() {
    await tinyos.init();

    while (true) {
      const timestamp = Date.now() / 1000;
      const dataPoint: DataPoint = { timestamp, readings: {} };

      // Get all available services
      const services = tinyos.listServices();

      for (const service of services) {
        if (service.endsWith('_sensor')) {
          try {
            const handle = tinyos.openSensor(service);
            const value = await tinyos.read(handle);
            if (value !== null) dataPoint.readings[service] = value;
          } catch (e) {
            console.log(`Error reading ${service}: ${e instanceof Error ? e.message : e}`);
          }
        }
      }

      if (Object.keys(dataPoint.readings).length > 0) {
        this.dataBuffer.push(dataPoint);
        console.log(`Logged: ${JSON.stringify(dataPoint)}`);

        // Simple file logging
        if (this.dataBuffer.length >= 10) this.flushToFile(); // Batch writes
      }

      await sleep(this.logInterval * 1000);
    }
  }

  /** Write buffer to file */
  flushToFile() {
    try {
      appendFileSync('sensor_log.json', this.dataBuffer.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      this.dataBuffer = [];
      console.log('Data flushed to file');
    } catch (e) {
      console.log(`Error writing to file: ${e instanceof Error ? e.message : e}`);
    }
  }
}

const logger = new DataLogger(Number(process.env.LOG_INTERVAL ?? 5));
await logger.logSensors();
