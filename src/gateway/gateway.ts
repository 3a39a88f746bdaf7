/**
 * The kernel node's outside: an HTTP server for people and programs. On this machine's loopback everybody may use it; on
 * any other address it asks for a token.
 *
 * @module
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { faultCode, hostError } from '../hosts/node/faults.ts';
import type { Os } from '../os/os.ts';
import { Decisions } from '../os/why/record.ts';
import { type Answered, makeApp } from './app.ts';
import { Calls } from './calls.ts';
import type { FaultPort } from './faults.ts';
import { Journal } from './journal.ts';
import { HEADERS_MS, MAX_CONNECTIONS, REQUEST_MS } from './limits.ts';
import { Live } from './live.ts';
import { Metrics } from './metrics.ts';
import { Site } from './site.ts';
import { Streams } from './streams.ts';
import { loadTokens, type Role } from './tokens.ts';

/** Where a gateway listens unless told. */
export const DEFAULT_HTTP_PORT = 4080;

export interface GatewayOptions {
  /** Of TDOS. */
  readonly version: string;
  /** An address of this machine. @default 127.0.0.1 */
  readonly host?: string | undefined;
  /** undefined: 4080, or any that is free; 0: any that is free. */
  readonly port?: number | undefined;
  /** Names that lead here, beside the machine's own and its addresses: those of a proxy. */
  readonly names?: readonly string[] | undefined;
  /** Where tokens are kept. */
  readonly home: string;
  /** Ask for a token on loopback too, where others use this machine. @default false */
  readonly token?: boolean | undefined;
  /** Make new tokens; those before are worth nothing then. */
  readonly newTokens?: boolean | undefined;
  /** Faults that people may make, where the cluster is simulated. */
  readonly faults?: FaultPort | undefined;
  /** Told of what nobody foresaw. @default nobody */
  readonly onFault?: ((error: unknown) => void) | undefined;
  /** Told of each request to the API. @default nobody */
  readonly onAnswer?: ((answer: Answered) => void) | undefined;
}

export interface Gateway {
  /** `http://127.0.0.1:4080` */
  readonly url: string;
  /** The tokens, when they were made just now: they are never shown again. */
  readonly shown: Readonly<Record<Role, string>> | undefined;
  /** Ends streams and connections. May be called again. */
  close(): Promise<void>;
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

/** Opens the gateway of a node; it closes with its node. @throws TdosError HOST when it cannot listen or keep its tokens. */
export async function openGateway(os: Os, options: GatewayOptions): Promise<Gateway> {
  const { version, host = '127.0.0.1', port, names = [], home, token, newTokens, faults } = options;
  const { onFault = () => undefined, onAnswer = () => undefined } = options;
  const kept = isLoopback(host) && token !== true ? undefined : loadTokens(home, newTokens);
  const journal = new Journal(os);
  const decisions = new Decisions(os);
  const streams = new Streams(os);
  const live = new Live(os, journal, faults);
  const metrics = new Metrics(os, version, journal, streams);
  const parts = { os, version, journal, streams, live, calls: new Calls(os), decisions, faults };
  const guard = { names, tokens: kept?.tokens };
  const app = makeApp({ parts, guard, metrics, site: new Site(), onFault, onAnswer });
  const server = createAdaptorServer({
    fetch: app.fetch,
    // The process belongs to others too: `Request` and `Response` stay the platform's own.
    overrideGlobalObjects: false,
    serverOptions: { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, maxHeaderSize: 16 * 1024 },
  }) as Server;
  server.maxConnections = MAX_CONNECTIONS;
  // Half a request, or none: that is not ours to tell anybody.
  server.on('clientError', (_error, socket) => void socket.destroy());
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      os.closed.removeEventListener('abort', closeSoon);
      live.close();
      journal.close();
      decisions.close();
      streams.close();
      const closed = server.listening ? once(server, 'close') : undefined;
      server.close();
      server.closeAllConnections();
      await closed;
    })();
    return closing;
  };
  const closeSoon = (): void => void close();
  os.closed.addEventListener('abort', closeSoon);
  try {
    await listen(server, host, port);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: urlOf(server, host), shown: kept?.shown, close };
}

/** @throws TdosError HOST */
async function listen(server: Server, host: string, port: number | undefined): Promise<void> {
  try {
    await listenOn(server, host, port ?? DEFAULT_HTTP_PORT);
  } catch (error) {
    if (port === undefined && faultCode(error) === 'EADDRINUSE') return listen(server, host, 0);
    throw hostError(`The gateway cannot listen on ${host}:${port ?? DEFAULT_HTTP_PORT}`, error);
  }
}

async function listenOn(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening');
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
