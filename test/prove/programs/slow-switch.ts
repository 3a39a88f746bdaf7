/**
 * A network switch that takes its time: each frame comes out 20 ms later and up to as much more, so that frames overtake
 * each other. Addresses stay true, because it works below them. Its ports are macvtap devices, files that hold whole
 * frames; each frame is preceded by a header of the kernel's (checksums that are still to be made), passed on as it is.
 */
import { closeSync, openSync, read, write } from 'node:fs';
import { options, tell } from './part.ts';

interface SwitchOptions {
  /** Device files. */
  readonly ports: readonly string[];
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Share of frames, 0 to 1, that come out twice. */
  readonly twice: number;
}

const { ports, delayMs, jitterMs, twice } = options<SwitchOptions>();
/** Of virtio_net_hdr. */
const HEADER = 10;
const LARGEST = 65_536;

const files = ports.map((path) => openSync(path, 'r+'));

function listen(port: number): void {
  const frame = Buffer.allocUnsafe(LARGEST);
  read(files[port] ?? -1, frame, 0, LARGEST, null, (error, length) => {
    if (error !== null) throw error;
    if (length > HEADER + 14) forward(port, frame.subarray(0, length));
    listen(port);
  });
}

/** To every other port: with three of them, learning who is where would save nothing. */
function forward(from: number, frame: Buffer): void {
  const times = Math.random() < twice ? 2 : 1;
  for (let time = 0; time < times; time += 1)
    setTimeout(
      () => {
        for (const [port, file] of files.entries())
          if (port !== from) write(file, frame, 0, frame.length, null, () => undefined);
      },
      delayMs + Math.random() * jitterMs,
    );
}

for (const port of files.keys()) listen(port);
process.once('disconnect', () => {
  for (const file of files) closeSync(file);
  process.exit(1);
});
process.on('message', () => undefined);
tell('up');
