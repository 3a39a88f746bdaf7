/**
 * How much each station puts on the air.
 *
 * @module
 */
import { AIRTIME_MS } from './radio.ts';

/** What one station put on the air. */
export interface Airtime {
  unicasts: number;
  broadcasts: number;
  bytes: number;
  /** ms. */
  airtimeMs: number;
}

export class AirtimeMeter {
  private readonly stations = new Map<string, Airtime>();

  of(name: string): Airtime {
    const known = this.stations.get(name);
    if (known !== undefined) return known;
    const none = { unicasts: 0, broadcasts: 0, bytes: 0, airtimeMs: 0 };
    this.stations.set(name, none);
    return none;
  }

  /** It sends a datagram of so many bytes. */
  count(name: string, bytes: number, isBroadcast: boolean): void {
    const sent = this.of(name);
    sent.bytes += bytes;
    if (isBroadcast) sent.broadcasts++;
    else sent.unicasts++;
    sent.airtimeMs += isBroadcast ? AIRTIME_MS.broadcast : AIRTIME_MS.unicast;
  }
}
