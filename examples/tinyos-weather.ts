// weather_station.py of the original, line by line: the same functions, in camel case and with `await`.
//
//   tdos run examples/tinyos-weather.ts

import { setTimeout as sleep } from 'node:timers/promises';
import * as tinyos from 'tdos/tinyos';

async function main() {
  await tinyos.init();

  const display = tinyos.openDisplay();

  // Try to open multiple sensors
  const sensors: Record<string, string> = {};
  for (const sensorName of ['temp_sensor', 'humidity_sensor', 'light_sensor']) {
    try {
      sensors[sensorName] = tinyos.openSensor(sensorName);
      console.log(`Opened ${sensorName}`);
    } catch (e) {
      console.log(`Could not open ${sensorName}: ${e instanceof Error ? e.message : e}`);
    }
  }

  while (true) {
    const readings: Record<string, unknown> = {};

    // Collect all sensor readings
    for (const [name, handle] of Object.entries(sensors)) {
      const value = await tinyos.read(handle);
      if (value !== null) readings[name] = value;
    }

    // Format display message
    const lines = [];
    if ('temp_sensor' in readings) lines.push(`Temp: ${Number(readings.temp_sensor).toFixed(1)}°C`);
    if ('humidity_sensor' in readings) lines.push(`Humidity: ${Number(readings.humidity_sensor).toFixed(1)}%`);
    if ('light_sensor' in readings) lines.push(`Light: ${Number(readings.light_sensor).toFixed(0)}%`);

    const message = lines.length > 0 ? lines.join('\n') : 'No sensors available';

    await tinyos.write(display, message);
    await sleep(5000);
  }
}

await main();
