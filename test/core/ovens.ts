/**
 * A sealed cluster with something to call, and all that was said in it.
 *
 * @module
 */
import { Lan, type Station } from '../lan.ts';

export const fine = () => ({ ok: true, value: 'fine' }) as const;

export interface Captured {
  readonly from: string;
  readonly to: Station | undefined;
  readonly bytes: Uint8Array;
}

/** A kernel, two servers of one service that count what they run, and an app; and all that was said. */
export function cluster(seed: number): {
  lan: Lan;
  kernel: Station;
  servers: Station[];
  app: Station;
  captured: Captured[];
} {
  const lan = new Lan(seed);
  const captured: Captured[] = [];
  lan.onDatagram = (bytes, from, to) => captured.push({ bytes: bytes.slice(), from: from.address, to });
  const kernel = lan.station('kernel', { kernel: true });
  const servers = ['kitchen', 'hall'].map((name) => {
    const server = lan.station(name);
    server.offer({ name: 'oven', capabilities: ['read', 'heat!'] }, fine);
    return server;
  });
  const app = lan.station('app');
  app.command({ type: 'follow' });
  lan.run(3000);
  return { lan, kernel, servers, app, captured };
}
