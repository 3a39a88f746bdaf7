/**
 * The stage of a scene: its world, the nodes in it with their real `Os`, and what may befall them.
 *
 * @module
 */
import { after } from '../base/time.ts';
import type { ClusterEvent } from '../core/model.ts';
import { type BootOptions, bootOn } from '../os/boot.ts';
import type { Os, Registration } from '../os/os.ts';
import { decode, encode } from '../wire/index.ts';
import type { Announce } from '../wire/message.ts';
import type { Machine } from './machine.ts';
import { Device } from './scene-devices.ts';
import type { Blow, Offer, Role } from './scene-model.ts';
import { eventInWords, seconds } from './scene-words.ts';
import { World } from './world.ts';

/** Something that happened at a node, and the nodes that it is about. */
interface Seen {
  readonly about: readonly string[];
  readonly words: string;
}

/** A node of the scene. It outlives its machine and its `Os`. */
export interface Actor {
  readonly name: string;
  readonly role: Role;
  readonly devices: Map<string, Device>;
  readonly registrations: Map<string, Registration>;
  machine: Machine;
  /** Undefined while it has no power, and after a goodbye. */
  os: Os | undefined;
  /** What happened here since somebody looked. */
  seen: Seen[];
  /** What its program read since somebody looked. */
  readings: string[];
}

/** ms between two announcements of a stranger. */
const STRANGER_MS = 1000;
/** ms that a node stays awake after it said that it will sleep, and ms that it is awake before that time is over. */
const DOZE_MS = 100;

export class Stage {
  readonly world: World;
  private readonly actors = new Map<string, Actor>();
  private readonly strangers = new Map<string, string[]>();
  private readonly closedWays: { readonly from: string; readonly to: string }[] = [];
  private readonly names = new Map<number, string>();

  constructor(seed: number) {
    this.world = new World(seed, { radio: { latencyMs: { median: 3, spread: 0.3 } } });
  }

  /** @throws Error for one that was never started. */
  actor(name: string): Actor {
    const actor = this.actors.get(name);
    if (actor === undefined) throw new Error(`${name} is a stranger, which can do no more than announce itself.`);
    return actor;
  }

  /** The `Os` of a node that runs. @throws Error when it does not. */
  os(name: string): Os {
    const { os } = this.actor(name);
    if (os === undefined) throw new Error(`${name} is off. \`boot ${name}\` starts it.`);
    return os;
  }

  async start(name: string, role: Role, offers: readonly Offer[], copyOf: string | undefined): Promise<void> {
    const machine = this.world.host(name);
    const disk = copyOf === undefined ? undefined : this.actor(copyOf).machine.store.load();
    if (disk !== undefined) machine.store.save(disk);
    const devices = new Map(offers.map((offer) => [offer.service, new Device(name, offer)]));
    const actor = { name, role, devices, registrations: new Map(), machine, os: undefined, seen: [], readings: [] };
    this.actors.set(name, actor);
    await this.boot(actor);
  }

  async offer(name: string, offers: readonly Offer[]): Promise<void> {
    const actor = this.actor(name);
    for (const offer of offers) {
      const device = new Device(name, offer);
      const registration = await this.os(name).provide(device.definition(actor.machine));
      actor.devices.set(offer.service, device);
      actor.registrations.set(offer.service, registration);
    }
  }

  async withdraw(name: string, service: string): Promise<void> {
    const registration = this.actor(name).registrations.get(service);
    if (registration === undefined) throw new Error(`${name} does not offer ${service}.`);
    await registration.withdraw();
    this.actor(name).registrations.delete(service);
  }

  device(name: string, service: string): Device {
    const { devices } = this.actor(name);
    const device = devices.get(service);
    if (device === undefined)
      throw new Error(`There is no ${service} on ${name}; there is ${[...devices.keys()].join(', ') || 'nothing'}.`);
    return device;
  }

  async befall(blow: Blow, name: string): Promise<void> {
    const actor = this.actor(name);
    const { machine } = actor;
    switch (blow) {
      case 'kill':
        this.kill(actor);
        return;
      case 'reboot':
        this.kill(actor);
        return this.boot(actor);
      case 'boot':
        if (actor.os !== undefined) throw new Error(`${name} is running. \`reboot ${name}\` starts it anew.`);
        return this.boot(actor);
      case 'stop':
        await this.os(name).close();
        actor.os = undefined;
        return;
      case 'deaf':
        machine.isDeaf = true;
        return;
      case 'hang':
        machine.hang();
        return;
      case 'resume':
        machine.resume();
        return;
      case 'cut':
        machine.cut();
        return;
      case 'mend':
        machine.mend();
        return;
      case 'move':
        this.world.readdress(machine);
        return;
    }
  }

  /** It says that it will sleep, switches its radio off, and wakes up in time. */
  async sleep(name: string, ms: number): Promise<void> {
    const { machine } = this.actor(name);
    this.os(name).sleep(ms);
    const { world } = this;
    const now = world.now();
    world.schedule(after(now, DOZE_MS), () => machine.sleep());
    world.schedule(after(now, ms - DOZE_MS), () => machine.resume());
  }

  /** Its disk is put back to what it was after the very first start. */
  loseEpoch(name: string): void {
    const { machine } = this.actor(name);
    const state = machine.store.load();
    if (machine.state === 'dead' || state === undefined)
      throw new Error(`The disk of ${name} cannot be written without power. Write this line before the \`kill\`.`);
    machine.store.save({ ...state, epoch: 1 });
  }

  /** From one to the other datagrams pass; not back. */
  oneWay(from: string, to: string): void {
    this.world.radio.cut(to, from);
    this.closedWays.push({ from: to, to: from });
  }

  /** Ends partitions and opens ways that are closed. */
  heal(): void {
    const { radio } = this.world;
    radio.heal();
    for (const { from, to } of this.closedWays.splice(0)) radio.mend(from, to);
  }

  /** What happened at a node since the last look. */
  takeSeen(name: string, about: string | undefined): string[] {
    const stranger = this.strangers.get(name);
    if (stranger !== undefined) return stranger.splice(0);
    const actor = this.actor(name);
    const { seen } = actor;
    actor.seen = [];
    return seen.filter((item) => about === undefined || item.about.includes(about)).map(({ words }) => words);
  }

  skipSeen(): void {
    for (const actor of this.actors.values()) actor.seen = [];
    for (const heard of this.strangers.values()) heard.length = 0;
  }

  /** A node that speaks only another version of the protocol: it announces itself, and hears what it is told. */
  async meetStranger(name: string, protocol: number): Promise<void> {
    const { world } = this;
    const heard: string[] = [];
    this.strangers.set(name, heard);
    const machine = world.host(name);
    const network = await machine.open((bytes) => {
      const decoded = decode(bytes, machine.codec);
      if (decoded.ok && decoded.protocol === 2 && decoded.message.type === 'error')
        heard.push(`${name}: is told ${decoded.message.code} at ${seconds(world.now())}: ${decoded.message.message}`);
    });
    const abilities = { kernel: false, helper: false, inflates: false, v1: false, takesKiB: 4, window: 1 };
    const announce: Announce = {
      ...{ type: 'announce', nonce: 0, generation: 1, part: 0, parts: 1, intervalMs: STRANGER_MS, services: [] },
      ...{ name, abilities, protocol: { min: protocol, max: protocol } },
    };
    const sender = machine.entropy() || 1;
    let sequence = 0;
    const speak = (): void => {
      const bytes = encode({ sender, epoch: 1, sequence: ++sequence, addressed: false }, announce, machine.codec);
      if (bytes !== undefined) network.broadcast(bytes);
      machine.timer(after(world.now(), STRANGER_MS), speak);
    };
    speak();
  }

  /** Ends the scene. @throws Error when somebody goes on sending. */
  async close(): Promise<void> {
    const { world } = this;
    for (const name of this.strangers.keys()) world.host(name).kill();
    for (const { os } of this.actors.values()) await os?.close();
    await world.run(100);
    const { sent } = world.counters;
    await world.run(60_000);
    if (world.counters.sent > sent) throw new Error(`${world.counters.sent - sent} datagrams after all have closed`);
  }

  private kill(actor: Actor): void {
    actor.machine.kill();
    actor.os = undefined;
  }

  private async boot(actor: Actor): Promise<void> {
    const { name, role, devices } = actor;
    const machine = this.world.host(name);
    actor.machine = machine;
    const options: BootOptions = { name, kernel: role === 'kernel', profile: role === 'board' ? 'board' : 'pc' };
    const os = await bootOn(machine, options);
    os.on((event) => this.note(actor, os, event));
    actor.os = os;
    this.names.set(os.id, name);
    for (const [service, device] of devices)
      actor.registrations.set(service, await os.provide(device.definition(machine)));
  }

  private note(actor: Actor, os: Os, event: ClusterEvent): void {
    const nameOf = (id: number): string =>
      os.nodes().find(({ nodeId }) => nodeId === id)?.node ?? this.names.get(id) ?? `node ${id.toString(16)}`;
    const placeOf = (address: string): string =>
      [...this.actors.values()].find(({ machine }) => machine.address === address)?.name ?? address;
    const words = eventInWords(actor.name, this.world.now(), event, nameOf, placeOf);
    actor.seen.push({ about: subjectsOf(event, nameOf), words });
  }
}

function subjectsOf(event: ClusterEvent, nameOf: (id: number) => string): string[] {
  if (event.type === 'failover') return [nameOf(event.from), nameOf(event.to)];
  if (event.type === 'self-doubt' || event.type === 'protocol-mismatch' || event.type === 'outsider') return [];
  return event.type === 'node' ? [event.name] : [nameOf(event.node)];
}
