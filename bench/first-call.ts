/** A new process that reads once: tells the ms from after its imports to its first value. */
import { boot } from 'tdos';

const start = performance.now();
const os = await boot({ port: Number(process.argv[2]), ephemeral: true });
await os.read('temp_sensor');
process.send?.(performance.now() - start);
await os.close();
process.disconnect?.();
