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

export interface UdpSocket {
  readonly port: number;
  send(ip: string, port: number, bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** Bytes of queue for datagrams not yet read: 300 boards announcing at once, while this process is busy. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

/**
 * Opens a socket that may also broadcast.
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
  return {
    port: socket.address().port,
    send(ip, port, bytes) {
      if (!open) return options.failed(undefined);
      try {
        socket.send(bytes, port, ip, sent);
      } catch (error) {
        options.failed(error); // a port of 0, say
      }
    },
    close() {
      if (!open) return Promise.resolve();
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
