/**
 * Tries what a node does on the network: takes the discovery port as nodes do, broadcasts from an address, and listens
 * whether it comes back. Nodes that hear it count it as no datagram of theirs.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Link } from './links.ts';
import { openSocket, type SocketOptions, type UdpSocket } from './socket.ts';

/** How a broadcast went. */
export type Probe =
  | { readonly outcome: 'heard' }
  /** Sent without an error, and not heard. */
  | { readonly outcome: 'silent' }
  /** `no-port`: it cannot be shared; `no-address`: this machine does not have it; `refused`: it may not be sent. */
  | { readonly outcome: 'no-port' | 'no-address' | 'refused'; readonly error: unknown };

/** ms between repeats, and how many: this machine loses none, but it may be busy. */
const REPEAT_MS = 100;
const REPEATS = 5;

/**
 * Broadcasts on `link` to `port`, and listens there. Takes at most half a second. Never throws.
 *
 * @param port - 0 for any free one.
 */
export async function probeBroadcast(link: Link, port: number): Promise<Probe> {
  const word = Buffer.from(`tdos doctor ${randomBytes(8).toString('hex')}`);
  let settle: (probe: Probe) => void = () => {};
  const settled = new Promise<Probe>((resolve) => {
    settle = resolve;
  });
  const listener = await attempt({
    address: '0.0.0.0',
    port,
    shared: true,
    failed() {},
    receive(datagram) {
      if (word.equals(datagram)) settle({ outcome: 'heard' });
    },
  });
  if ('error' in listener) return { outcome: 'no-port', error: listener.error };
  const sender = await attempt({
    address: link.address,
    port: 0,
    shared: false,
    failed: (error) => settle({ outcome: 'refused', error }),
    receive() {},
  });
  if ('error' in sender) {
    await listener.close();
    return { outcome: 'no-address', error: sender.error };
  }
  const stop = repeat(
    () => sender.send(link.broadcast ?? link.address, listener.port, word),
    () => settle({ outcome: 'silent' }),
  );
  const probe = await settled;
  stop();
  await Promise.all([listener.close(), sender.close()]);
  return probe;
}

const attempt = (options: SocketOptions): Promise<UdpSocket | { readonly error: unknown }> =>
  openSocket(options).catch((error: unknown) => ({ error }));

/** Calls `act` some times, then `end`. The returned function stops it. */
function repeat(act: () => void, end: () => void): () => void {
  let left = REPEATS;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) act();
    else end();
  }, REPEAT_MS);
  act();
  return () => clearInterval(timer);
}
