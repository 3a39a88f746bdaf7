/**
 * The original programs, as their datagrams show them: a sensor board and a kernel that speak v1 and nothing else.
 * Built from the golden datagrams of `test/vectors/v1`; shares no code with TDOS.
 *
 * @module
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface V1Datagram {
  readonly t: number;
  readonly id: string;
  readonly p: Readonly<Record<string, unknown>>;
  readonly r?: string;
}

/** A golden datagram with other values, its keys in the order of the original. */
function like(name: string, changes: Partial<V1Datagram>): Buffer {
  const file = new URL(`../vectors/v1/${name}.json`, import.meta.url);
  const { hex } = JSON.parse(readFileSync(file, 'utf8')) as { readonly hex: string };
  const golden = JSON.parse(Buffer.from(hex, 'hex').toString()) as V1Datagram;
  const p = { ...golden.p, ...changes.p };
  return Buffer.from(JSON.stringify({ ...golden, ts: Date.now() / 1000, id: newId(), ...changes, p }));
}

const newId = (): string =>
  Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');

const parse = (datagram: Buffer): V1Datagram => JSON.parse(datagram.toString()) as V1Datagram;

async function bound(port: number, address: string, shared = false): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: shared });
  socket.bind(port, address);
  await once(socket, 'listening');
  socket.setBroadcast(true);
  return socket;
}

const LOOPBACK = '127.0.0.1';
const EVERYBODY = '127.255.255.255';

/** A sensor board: announces once, beats, answers `read` with its value. */
export class V1Board {
  answers = 0;
  private readonly service: Socket;
  private readonly broadcaster: Socket;
  private readonly beat: NodeJS.Timeout;

  private constructor(service: Socket, broadcaster: Socket, discoveryPort: number, value: number) {
    this.service = service;
    this.broadcaster = broadcaster;
    service.on('message', (datagram, from) => {
      const { t, id, p } = parse(datagram);
      if (t !== 3 || p.op !== 'read') return;
      this.answers += 1;
      service.send(like('rpc_response_temp', { r: id, p: { value, unit: '°C' } }), from.port, from.address);
    });
    const send = (datagram: Buffer): void => broadcaster.send(datagram, discoveryPort, EVERYBODY);
    send(like('announce_temp', { p: { port: this.port } }));
    this.beat = setInterval(() => send(like('heartbeat_temp', {})), 5000);
  }

  get port(): number {
    return this.service.address().port;
  }

  static async start(discoveryPort: number, value: number): Promise<V1Board> {
    return new V1Board(await bound(0, LOOPBACK), await bound(0, LOOPBACK), discoveryPort, value);
  }

  async stop(): Promise<void> {
    clearInterval(this.beat);
    this.service.close();
    this.broadcaster.close();
  }
}

/** The kernel: keeps what is announced, counts heartbeats, reads like `tinyos.read`. */
export class V1Kernel {
  /** By service name, as the original: the latest announcement wins. */
  readonly services = new Map<
    string,
    { readonly ip: string; readonly port: number; lastSeen: number; beats: number }
  >();
  private readonly discovery: Socket;
  private readonly client: Socket;

  private constructor(discovery: Socket, client: Socket) {
    this.discovery = discovery;
    this.client = client;
    discovery.on('message', (datagram, from) => this.heard(datagram, from));
  }

  static async start(discoveryPort: number): Promise<V1Kernel> {
    return new V1Kernel(await bound(discoveryPort, '0.0.0.0', true), await bound(0, LOOPBACK));
  }

  /** One request, one answer within 2 s, of anybody: as the original takes it. */
  async read(service: string, op = 'read'): Promise<V1Datagram & { readonly asked: string }> {
    const at = this.services.get(service);
    if (at === undefined) throw new Error(`${service} was not announced in v1`);
    const asked = newId();
    const answer = once(this.client, 'message', { signal: AbortSignal.timeout(2000) });
    this.client.send(like('rpc_request_read', { id: asked, p: { op } }), at.port, at.ip);
    const [datagram] = (await answer) as [Buffer];
    return { ...parse(datagram), asked };
  }

  async stop(): Promise<void> {
    this.discovery.close();
    this.client.close();
  }

  private heard(datagram: Buffer, from: RemoteInfo): void {
    if (datagram.length > 1024 || datagram[0] !== 0x7b) return;
    const { t, p } = parse(datagram);
    const { service, port } = p;
    if (typeof service !== 'string') return;
    const known = this.services.get(service);
    if (t === 1 && typeof port === 'number')
      this.services.set(service, { ip: from.address, port, lastSeen: performance.now(), beats: known?.beats ?? 0 });
    if (t !== 5 || known === undefined || known.ip !== from.address) return;
    known.lastSeen = performance.now();
    known.beats += 1;
  }
}
