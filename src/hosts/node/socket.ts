/**
 * One UDP socket that never throws once it is open: what the operating system refuses is counted.
 *
 * @module
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { hostError } from './faults.ts';

export interface SocketOptions {
  readonly address: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Many processes of this machine may have the port at once. */
  readonly shared: boolean;
  receive(datagram: Uint8Array, from: RemoteInfo): void;
  /** A datagram was refused, or the socket reports a fault. */
  failed(error: unknown): void;
}

interface Datagram {
  readonly ip: string;
  readonly port: number;
  readonly bytes: Uint8Array;
}

export interface UdpSocket {
  readonly port: number;
  send(ip: string, port: number, bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** Datagrams held back at most. */
const MAX_HELD = 64;
/** Who asks once at a time shall not pay for looking: after a turn with one datagram, so many go out without. */
const LONE_DATAGRAMS = 16;
/** Bytes of queue for datagrams not yet read: 300 boards announcing at once, while this process is busy. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

/**
 * Opens a socket that may also broadcast.
 *
 * Of the datagrams of one turn of the event loop the first goes out at once, the others together at its end: a receiver
 * that sleeps is then woken for all of them, and not anew for each, which is most of what a send costs.
 *
 * @throws TdosError HOST when the port cannot be had.
 */
export async function openSocket(options: SocketOptions): Promise<UdpSocket> {
  const { address, shared } = options;
  const socket = createSocket({
    type: 'udp4',
    reuseAddr: shared,
    // Addresses are numbers here, never names: without this, each datagram would go through the resolver.
    lookup: (ip, _options, callback) => callback(null, ip, 4),
  });
  try {
    await bound(socket, address, options.port);
  } catch (error) {
    socket.close();
    throw hostError(`UDP port ${options.port === 0 ? '(any)' : options.port} of ${address} cannot be opened`, error);
  }
  socket.on('error', options.failed);
  socket.on('message', options.receive);
  socket.setBroadcast(true);
  enlarge(socket);

  let open = true;
  const sent = (error: Error | null): void => {
    if (error !== null) options.failed(error);
  };
  const transmit = ({ ip, port, bytes }: Datagram): void => {
    try {
      socket.send(bytes, port, ip, sent);
    } catch (error) {
      options.failed(error); // a port of 0, say
    }
  };
  let turn: Datagram[] | undefined;
  /** Datagrams to send without looking whether others follow. */
  let lone = 0;
  const release = (): void => {
    for (const datagram of turn?.splice(0) ?? []) transmit(datagram);
  };
  const endTurn = (): void => {
    if (turn?.length === 0) lone = LONE_DATAGRAMS;
    release();
    turn = undefined;
  };
  return {
    port: socket.address().port,
    send(ip, port, bytes) {
      if (!open) return options.failed(undefined);
      const datagram = { ip, port, bytes };
      if (turn !== undefined) {
        if (turn.push(datagram) >= MAX_HELD) release();
        return;
      }
      transmit(datagram);
      if (lone > 0) {
        lone -= 1;
      } else {
        turn = [];
        setImmediate(endTurn);
      }
    },
    close() {
      if (!open) return Promise.resolve();
      release();
      open = false;
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

function bound(socket: Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeListener('error', reject);
      resolve();
    });
  });
}

function enlarge(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
  } catch {
    // The system's limit stands; `tdos doctor` tells when it is low.
  }
}
