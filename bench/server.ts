/** The serving side of the bench, in a process of its own: `tdos`, or bare `node:dgram` and JSON. */
import { createSocket } from 'node:dgram';
import { boot, defineService } from 'tdos';

const READING = { value: 21.5, unit: '°C' };
const [kind, port] = process.argv.slice(2);

/** Tells the parent how much CPU this process has used, µs, whenever it asks. */
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.once('disconnect', () => process.exit(0));

if (kind === 'tdos') {
  await boot({
    port: Number(port),
    name: 'server',
    services: [defineService({ name: 'temp_sensor', read: () => READING })],
  });
  process.send?.(0);
} else {
  const socket = createSocket('udp4');
  socket.on('message', (datagram, from) => {
    const { id } = JSON.parse(datagram.toString()) as { readonly id: number };
    socket.send(JSON.stringify({ id, ok: true, value: READING }), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1', () => process.send?.(socket.address().port));
}
