/**
 * A gateway on a small cluster within the test's own process, and programs that talk to it over real HTTP.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Gateway, type GatewayOptions, openGateway } from '../../src/gateway/gateway.ts';
import type { Os } from '../../src/os/os.ts';
import { House } from '../cli/house.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** undefined when it is no JSON. */
  readonly json: unknown;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is a text. */
  readonly body?: unknown;
}

export class Door {
  readonly house: House;
  readonly kernel: Os;
  readonly gateway: Gateway;
  private readonly home: string;

  private constructor(house: House, kernel: Os, gateway: Gateway, home: string) {
    this.house = house;
    this.kernel = kernel;
    this.gateway = gateway;
    this.home = home;
  }

  static async open(options: Partial<GatewayOptions> = {}): Promise<Door> {
    const house = await House.open();
    const kernel = await house.node('office', [], true);
    const home = mkdtempSync(join(tmpdir(), 'tdos-gateway-'));
    const gateway = await openGateway(kernel, { version: '1.2.3', port: 0, home, ...options });
    return new Door(house, kernel, gateway, home);
  }

  get port(): number {
    return Number(new URL(this.gateway.url).port);
  }

  /** Asks the gateway. Below `/api/v1`, unless the path says otherwise. */
  ask(path: string, { method, headers = {}, body }: Asking = {}): Promise<Answer> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const all = { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers };
    const whole = path.startsWith('/api') || path.startsWith('//') ? path : `/api/v1${path}`;
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          ...{ host: '127.0.0.1', port: this.port, path: whole.replace('//', '/'), headers: all, agent: false },
          method: method ?? (text === undefined ? 'GET' : 'POST'),
        },
        (response) => {
          let got = '';
          response.setEncoding('utf8').on('data', (part) => {
            got += part;
          });
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text: got, json: jsonOf(got) }),
          );
        },
      );
      asked.on('error', reject);
      asked.end(text);
    });
  }

  /** Listens to a stream. */
  listen(path: string, headers: Readonly<Record<string, string>> = {}): Listener {
    return new Listener(`${this.gateway.url}/api/v1${path}`, headers);
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await this.house.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface Told {
  readonly event: string;
  readonly id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it
  readonly data: any;
}

/** Someone who listens to server-sent events. */
export class Listener {
  readonly told: Told[] = [];
  /** True once the stream is over. */
  isOver = false;
  private readonly controller = new AbortController();
  private readonly wakes = new Set<() => void>();

  constructor(url: string, headers: Readonly<Record<string, string>>) {
    void this.read(url, headers);
  }

  /** The first message that is as wanted, of all so far or to come. @throws after `boundMs`. */
  async until(isWanted: (told: Told) => boolean, what: string, boundMs = 10_000): Promise<Told> {
    const end = performance.now() + boundMs;
    for (;;) {
      const found = this.told.find(isWanted);
      if (found !== undefined) return found;
      const left = end - performance.now();
      if (left <= 0 || this.isOver) throw new Error(`never told: ${what}; but ${JSON.stringify(this.told.slice(-5))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wakes.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  close(): void {
    this.controller.abort();
  }

  private async read(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
    try {
      const response = await fetch(url, { headers, signal: this.controller.signal });
      let rest = '';
      const decoder = new TextDecoder();
      for await (const part of response.body ?? []) {
        rest += decoder.decode(part, { stream: true });
        const messages = rest.split('\n\n');
        rest = messages.pop() ?? '';
        for (const message of messages) this.take(message);
      }
    } catch {
      // It was closed, by one side or the other.
    }
    this.isOver = true;
    this.wake();
  }

  private take(message: string): void {
    const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(message)?.[1];
    const event = field('event');
    if (event === undefined) return;
    this.told.push({ event, id: field('id'), data: JSON.parse(field('data') ?? 'null') });
    this.wake();
  }

  private wake(): void {
    for (const wake of this.wakes) wake();
    this.wakes.clear();
  }
}
