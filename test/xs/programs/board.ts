/**
 * A whole node in XS, on Moddable's modules as far as they can be had there, moved by whoever asks.
 *
 * @module
 */
import { BoardHost } from '../../../src/hosts/xs/host.ts';
import { bootBoard } from '../../../src/os/boot.ts';
import type { Os } from '../../../src/os/os.ts';
import { defineService } from '../../../src/os/service.ts';
import { FakeBoard } from '../moddable.ts';
import { answerBy, hexOf, text, unhex } from './text.ts';

/** A datagram as text. */
export interface Letter {
  readonly hex: string;
  readonly address: string;
  readonly port: number;
  readonly own: number;
}

export type Asked =
  /** Gives the board its power, and its program the host. */
  | { readonly do: 'plug'; readonly ip: string; readonly name: string; readonly key: string }
  | { readonly do: 'boot'; readonly kernel: boolean }
  /** Moves the clock, then takes datagrams. */
  | { readonly do: 'step'; readonly at: number; readonly letters: readonly Letter[] }
  | { readonly do: 'list' }
  /** Reads once; how it ends is in the next `list`. */
  | { readonly do: 'read'; readonly service: string }
  | { readonly do: 'bump'; readonly service: string; readonly by: number };

export interface Answer {
  readonly sent: readonly Letter[];
  readonly next: number | undefined;
  readonly nodes: readonly string[];
  readonly readings: readonly unknown[];
  readonly faults: readonly string[];
}

let board: FakeBoard | undefined;
let host: BoardHost | undefined;
let os: Os | undefined;
const readings: unknown[] = [];
const faults: string[] = [];

const sensor = defineService({
  name: 'soil_sensor',
  labels: { room: 'greenhouse' },
  read: () => ({ value: 41.5, unit: '%' }),
  ops: {
    add: { safe: true, run: ({ a, b }: { a: number; b: number }) => a + b },
    fail: { safe: true, run: () => Promise.reject(new Error('the probe is dry')) },
  },
});

function plug({ ip, name, key }: Asked & { readonly do: 'plug' }): void {
  board = new FakeBoard(ip, new Map(), 7);
  host = new BoardHost(board.moddable, text, { ssid: 'home', name, key: unhex(key) });
}

function boot({ kernel }: Asked & { readonly do: 'boot' }): void {
  if (host === undefined) throw new Error('the board has no power');
  bootBoard(host, {
    name: host.name,
    kernel,
    follow: kernel,
    services: [sensor],
    onFault: (error) => faults.push(String(error)),
  }).then(
    (booted) => {
      os = booted;
    },
    (error) => faults.push(String(error)),
  );
}

function step(asked: Asked & { readonly do: 'step' }): void {
  board?.advance(asked.at);
  for (const { hex, address, port, own } of asked.letters) board?.deliver({ bytes: unhex(hex), address, port, own });
}

function look(): Answer {
  const sent = (board?.sent.splice(0) ?? []).map(({ bytes, ...rest }) => ({ hex: hexOf(bytes), ...rest }));
  const nodes = (os?.nodes() ?? []).map(({ node, state, services }) => `${node} ${state} ${services.join(',')}`);
  return { sent, next: board?.next(), nodes, readings, faults };
}

answerBy((written) => {
  const asked: Asked = JSON.parse(written);
  if (asked.do === 'plug') plug(asked);
  else if (asked.do === 'boot') boot(asked);
  else if (asked.do === 'step') step(asked);
  else if (asked.do === 'read')
    os?.read(asked.service).then(
      (reading) => readings.push(reading),
      (error) => readings.push(String(error)),
    );
  else if (asked.do === 'bump')
    os?.open(asked.service)
      .then((handle) => handle.call('bump', asked.by))
      .then(
        (value) => readings.push(value),
        (error) => readings.push(String(error)),
      );
  return asked.do === 'list' || asked.do === 'step' ? JSON.stringify(look()) : '';
});
