/**
 * A board under the original's rules: it announces its service and beats by broadcast, and answers whoever reads it.
 *
 * @module
 */
import type { Door } from '../core/model.ts';
import type { V1Message } from '../wire/message.ts';
import type { Machine } from './machine.ts';
import type { Seat } from './resident.ts';
import { Station, TYPE } from './seed-station.ts';

/** ms, all of them; from the original's constants and its main loop. */
const HEARTBEAT_MS = 5000;
const HEARTBEAT_WORK_MS = 3;
const ANNOUNCE_MS = 31_000;

export class Board extends Station {
  private readonly service: string;
  private port = 0;
  /** The last call that each client had carried out. */
  private readonly calls = new Map<string, number>();

  constructor(machine: Machine, seat: Seat) {
    super(machine, seat);
    this.service = seat.services[0]?.name ?? seat.name;
  }

  nodes(): [] {
    return [];
  }

  read(_service: string, _call: number, done: (value: undefined) => void): void {
    done(undefined);
  }

  protected listensAt(door: Door): boolean {
    return door !== 'discovery';
  }

  protected async started(): Promise<void> {
    // It has no socket where broadcasts arrive, so nothing of them needs to be simulated for it.
    this.machine.hearsBroadcasts = false;
    this.port = (await this.network?.openPort(this.service)) ?? 0;
    this.announce();
    this.beat();
  }

  protected heard({ type, id, payload }: V1Message, from: string): void {
    if (type !== TYPE.request || payload.op !== 'read') return;
    const { call } = payload;
    if (typeof call === 'number') {
      if (this.calls.get(from) === call) this.repeated += 1;
      else this.executed += 1;
      this.calls.set(from, call);
    }
    const value = (this.machine.now() / 1000) % 20;
    this.network?.send(from, this.message(TYPE.response, { value, unit: '°C' }, id), `v1:${this.service}`);
  }

  private announce(): void {
    const { service, port } = this;
    const payload = { service, port, capabilities: ['read'], sensor_type: 'simulated' };
    this.network?.broadcast(this.message(TYPE.announce, payload));
    this.later(ANNOUNCE_MS, () => this.announce());
  }

  private beat(): void {
    this.network?.broadcast(this.message(TYPE.heartbeat, { service: this.service, status: 'healthy' }));
    this.later(HEARTBEAT_MS + HEARTBEAT_WORK_MS, () => this.beat());
  }
}
