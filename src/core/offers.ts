/**
 * This node's own services: what it announces, and under which number. The generation grows with every change, so that
 * a kernel sees in any heartbeat that it missed one.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { isVersion } from '../base/semver.ts';
import { isLabelValue, isName } from '../wire/checks.ts';
import type { Codec } from '../wire/codec.ts';
import { MAX_CAPABILITIES, MAX_LABELS, MAX_NAME, MAX_OFFER_BYTES, MAX_SERVICES, MAX_VERSION } from '../wire/limits.ts';
import type { ServiceOffer } from '../wire/message.ts';
import { offerFits } from '../wire/parts.ts';
import type { Config } from './config.ts';
import type { OwnService } from './model.ts';

export class Offers {
  private readonly codec: Codec;
  private readonly limit: number;
  private readonly byName = new Map<string, ServiceOffer>();
  private sorted: readonly ServiceOffer[] = [];
  private changes = 1;

  constructor(config: Config, codec: Codec) {
    this.codec = codec;
    this.limit = Math.min(config.maxServices, MAX_SERVICES);
  }

  /** 1 to 65535, growing with every change; 0 is left for "none known". */
  get generation(): number {
    return this.changes;
  }

  /** By index. The same array until something changes. */
  list(): readonly ServiceOffer[] {
    return this.sorted;
  }

  get(name: string): ServiceOffer | undefined {
    return this.byName.get(name);
  }

  /**
   * Offers a service, or changes the one of that name, which keeps its index.
   *
   * @throws TdosError BAD_ARGUMENT when the service cannot be announced as it is; LIMIT when there are too many.
   */
  offer(service: OwnService): ServiceOffer {
    check(service);
    const { name, version } = service;
    const known = this.byName.get(name);
    if (known === undefined && this.byName.size >= this.limit)
      throw new TdosError('LIMIT', `This node offers ${this.limit} services already; \`maxServices\` allows no more.`);
    const labels = { ...service.labels };
    const capabilities = [...service.capabilities];
    const offer: ServiceOffer = { index: known?.index ?? this.freeIndex(), name, version, labels, capabilities };
    if (!offerFits(offer, this.codec))
      refuse(
        `\`${name}\` takes over ${MAX_OFFER_BYTES} bytes to announce. Give it fewer or shorter labels or operations.`,
      );
    if (known !== undefined && JSON.stringify(known) === JSON.stringify(offer)) return known;
    this.byName.set(name, offer);
    this.changed();
    return offer;
  }

  /** False when there was no such service. */
  withdraw(name: string): boolean {
    if (!this.byName.delete(name)) return false;
    this.changed();
    return true;
  }

  private changed(): void {
    this.sorted = [...this.byName.values()].sort((a, b) => a.index - b.index);
    this.changes = (this.changes % 0xffff) + 1;
  }

  private freeIndex(): number {
    let index = 0;
    for (const offer of this.sorted) {
      if (offer.index !== index) break;
      index += 1;
    }
    return index;
  }
}

function check(service: OwnService): void {
  const { name, version, labels, capabilities } = service;
  if (!isName(name) || !/^[a-z0-9_.-]+$/.test(name))
    refuse(`A service is named with 1 to ${MAX_NAME} of a-z, 0-9, _, . and -, not ${show(name)}.`);
  if (typeof version !== 'string' || version.length > MAX_VERSION || !isVersion(version))
    refuse(`The version of \`${name}\` must read like 1.2.0, not ${show(version)}.`);
  checkLabels(name, labels);
  checkCapabilities(name, capabilities);
}

function checkLabels(name: string, labels: OwnService['labels']): void {
  const pairs = Object.entries(labels);
  if (pairs.length > MAX_LABELS) refuse(`\`${name}\` has ${pairs.length} labels; ${MAX_LABELS} are the most.`);
  for (const [key, value] of pairs) {
    if (!isName(key) || /[=@]/.test(key))
      refuse(`A label of \`${name}\` is called ${show(key)}; it takes 1 to ${MAX_NAME} characters without = and @.`);
    if (!isLabelValue(value))
      refuse(`The label ${show(key)} of \`${name}\` takes a text of up to ${MAX_NAME} characters, not ${show(value)}.`);
  }
}

function checkCapabilities(name: string, capabilities: OwnService['capabilities']): void {
  if (capabilities.length > MAX_CAPABILITIES)
    refuse(`\`${name}\` has ${capabilities.length} operations; ${MAX_CAPABILITIES} are the most.`);
  const seen = new Set<string>();
  for (const capability of capabilities) {
    if (!isName(capability) || !/^[^!]+!?$/.test(capability))
      refuse(
        `An operation of \`${name}\` has 1 to ${MAX_NAME} characters and a ! only at its end, not ${show(capability)}.`,
      );
    const op = capability.replace('!', '');
    if (seen.has(op)) refuse(`\`${name}\` lists the operation ${show(op)} twice.`);
    seen.add(op);
  }
}

function refuse(sentence: string): never {
  throw new TdosError('BAD_ARGUMENT', sentence);
}

const show = (value: unknown): string => JSON.stringify(value) ?? String(value);
