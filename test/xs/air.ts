/**
 * A radio between boards in XS and nodes in Node, on one virtual clock: what is sent arrives a millisecond later.
 *
 * @module
 */
import { setImmediate as settled } from 'node:timers/promises';
import { nodeCodec } from '../../src/hosts/node/codec.ts';
import { BoardHost } from '../../src/hosts/xs/host.ts';
import { type BootOptions, bootOn } from '../../src/os/boot.ts';
import type { Os } from '../../src/os/os.ts';
import type { Engine } from './engine.ts';
import { FakeBoard, type Parcel } from './moddable.ts';
import type { Answer, Asked } from './programs/board.ts';
import { hexOf, text, unhex } from './programs/text.ts';

const LATENCY_MS = 1;
const EVERYBODY = '255.255.255.255';

/** Whoever has an address. */
interface Station {
  readonly ip: string;
  next: number | undefined;
  /** Moves its clock, gives it datagrams, and takes what it sends. */
  step(at: number, parcels: readonly Parcel[]): Promise<readonly Parcel[]>;
}

/** A board's host with the codec of a PC: the tests need not wait for it. */
class QuickHost extends BoardHost {
  override readonly codec = nodeCodec;
}

export class Air {
  now = 0;
  /** Datagrams that XS took. */
  taken = 0;
  private readonly stations: Station[] = [];
  private readonly underWay: { readonly at: number; readonly to: Station; readonly parcel: Parcel }[] = [];
  readonly key: Uint8Array;

  constructor(key: Uint8Array) {
    this.key = key;
  }

  /** A node in this process. */
  node(ip: string, options: BootOptions): Promise<Os> {
    return this.program(ip, ({ moddable }) =>
      bootOn(new QuickHost(moddable, text, { ssid: 'home', key: this.key }), options),
    );
  }

  /** A board's program in this process. */
  async program(ip: string, start: (board: FakeBoard) => Promise<Os>): Promise<Os> {
    const board = new FakeBoard(ip, new Map(), this.stations.length + 100);
    board.now = this.now;
    const booting = start(board);
    this.join({
      ip,
      next: board.next(),
      async step(at, parcels) {
        board.advance(at);
        for (const parcel of parcels) board.deliver(parcel);
        await settled();
        this.next = board.next();
        return board.sent.splice(0);
      },
    });
    await this.run(1000);
    return booting;
  }

  /** A node in XS. */
  async board(ip: string, engine: Engine, name: string, kernel = false): Promise<void> {
    await this.plug(ip, engine, name);
    await this.boot(ip, engine, kernel);
  }

  /** A board in XS gets its power. */
  async plug(ip: string, engine: Engine, name: string): Promise<void> {
    await engine.ask(JSON.stringify({ do: 'plug', ip, name, key: hexOf(this.key) }));
  }

  /** A board that has power starts its node. */
  async boot(ip: string, engine: Engine, kernel = false): Promise<void> {
    const ask = async (asked: Asked): Promise<Answer> => JSON.parse(await engine.ask(JSON.stringify(asked)));
    await engine.ask(JSON.stringify({ do: 'boot', kernel }));
    const air = this;
    const start = this.now;
    this.join({
      ip,
      next: start,
      async step(at, parcels) {
        air.taken += parcels.length;
        const letters = parcels.map(({ bytes, ...rest }) => ({ hex: hexOf(bytes), ...rest }));
        const first = await ask({ do: 'step', at: at - start, letters });
        // Promises went on after that.
        const second = await ask({ do: 'list' });
        this.next = second.next === undefined ? undefined : second.next + start;
        return [...first.sent, ...second.sent].map(({ hex, ...rest }) => ({ bytes: unhex(hex), ...rest }));
      },
    });
    await this.run(1000);
  }

  /** Its power goes. */
  leave(ip: string): void {
    this.stations.splice(
      this.stations.findIndex((station) => station.ip === ip),
      1,
    );
  }

  /** Lets time pass. */
  async run(ms: number): Promise<void> {
    const until = this.now + ms;
    while (this.soonest() <= until) await this.turn(this.soonest());
    this.now = until;
  }

  /** Lets time pass until a promise is settled, or `ms` at most. */
  async wait<Given>(promise: Promise<Given>, ms = 5000): Promise<Given> {
    let isSettled = false;
    const end = (): void => {
      isSettled = true;
    };
    promise.then(end, end);
    for (const until = this.now + ms; !isSettled && this.now < until; ) await this.run(5);
    return promise;
  }

  private join(station: Station): void {
    this.stations.push(station);
  }

  private soonest(): number {
    const wakes = this.stations.flatMap(({ next }) => (next === undefined ? [] : [next]));
    return Math.max(this.now, Math.min(...wakes, ...this.underWay.map(({ at }) => at)));
  }

  private async turn(at: number): Promise<void> {
    this.now = at;
    const arrived = this.underWay.filter((parcel) => parcel.at <= at);
    for (const parcel of arrived) this.underWay.splice(this.underWay.indexOf(parcel), 1);
    for (const station of [...this.stations]) {
      const parcels = arrived.filter(({ to }) => to === station).map(({ parcel }) => parcel);
      if (parcels.length === 0 && (station.next === undefined || station.next > at)) continue;
      for (const sent of await station.step(at, parcels)) this.carry(station, sent);
    }
  }

  private carry(from: Station, { bytes, address, port, own }: Parcel): void {
    for (const to of this.stations)
      if (to !== from && (address === EVERYBODY || address === to.ip))
        this.underWay.push({
          at: this.now + LATENCY_MS,
          to,
          parcel: { bytes, address: from.ip, port: own, own: port },
        });
  }
}
