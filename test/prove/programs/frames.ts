/**
 * UDP datagrams as a network carries them: read out of Ethernet frames, and put into frames that bear whatever addresses one
 * likes.
 *
 * @module
 */

export interface Place {
  readonly mac: Buffer;
  readonly ip: string;
  readonly port: number;
}

export interface Datagram {
  readonly from: Place;
  readonly to: Place;
  readonly bytes: Buffer;
}

/** The header of the kernel's before each frame of a tap device (virtio_net_hdr). */
export const TAP_HEADER = 10;
const ETHERNET = 14;
const IPV4 = 20;
const UDP = 8;
const IS_IPV4 = 0x0800;
const IS_UDP = 17;
const TTL = 64;

/** The datagram in a frame; undefined when it holds none. */
export function datagramIn(frame: Buffer): Datagram | undefined {
  if (frame.length < ETHERNET + IPV4 + UDP || frame.readUInt16BE(12) !== IS_IPV4) return undefined;
  const ip = frame.subarray(ETHERNET);
  const lead = ((ip[0] ?? 0) & 15) * 4;
  if (ip[9] !== IS_UDP || ip.length < lead + UDP) return undefined;
  const udp = ip.subarray(lead);
  return {
    from: { mac: Buffer.from(frame.subarray(6, 12)), ip: textOf(ip.subarray(12, 16)), port: udp.readUInt16BE(0) },
    to: { mac: Buffer.from(frame.subarray(0, 6)), ip: textOf(ip.subarray(16, 20)), port: udp.readUInt16BE(2) },
    bytes: Buffer.from(udp.subarray(UDP, udp.readUInt16BE(4))),
  };
}

/** The frame of a datagram, with the tap device's header before it. Without a UDP checksum, which IPv4 allows. */
export function frameOf({ from, to, bytes }: Datagram): Buffer {
  const all = Buffer.alloc(TAP_HEADER + ETHERNET + IPV4 + UDP + bytes.length);
  const frame = all.subarray(TAP_HEADER);
  to.mac.copy(frame, 0);
  from.mac.copy(frame, 6);
  frame.writeUInt16BE(IS_IPV4, 12);
  const ip = frame.subarray(ETHERNET);
  ip[0] = 0x45;
  ip.writeUInt16BE(IPV4 + UDP + bytes.length, 2);
  ip[8] = TTL;
  ip[9] = IS_UDP;
  octets(from.ip).copy(ip, 12);
  octets(to.ip).copy(ip, 16);
  ip.writeUInt16BE(checksum(ip.subarray(0, IPV4)), 10);
  const udp = ip.subarray(IPV4);
  udp.writeUInt16BE(from.port, 0);
  udp.writeUInt16BE(to.port, 2);
  udp.writeUInt16BE(UDP + bytes.length, 4);
  bytes.copy(udp, UDP);
  return all;
}

const textOf = (ip: Buffer): string => [...ip].join('.');
const octets = (ip: string): Buffer => Buffer.from(ip.split('.').map(Number));

/** Of the IPv4 header (RFC 1071). */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
