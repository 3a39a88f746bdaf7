/**
 * A node may offer more than one datagram holds: the list of its services is then cut into numbered parts, each a
 * whole ANNOUNCE or EVENT with the same other fields.
 *
 * @module
 */
import { assert } from '../base/assert.ts';
import { encodeBody } from './body-writer.ts';
import { Reader } from './bytes.ts';
import type { Codec } from './codec.ts';
import { MAX_BODY, MAX_OFFER_BYTES, MAX_SERVICES } from './limits.ts';
import type { Announce, Event, ServiceOffer } from './message.ts';
import { isOffer, offerToJson } from './offers.ts';

const offerBytes = (offer: ServiceOffer, codec: Codec): number =>
  codec.encodeUtf8(JSON.stringify(offerToJson(offer))).length;

/** True when a service keeps the limits of every field and fits a datagram alone, whatever its node is called. */
export const offerFits = (offer: ServiceOffer, codec: Codec): boolean =>
  isOffer(offer, new Reader(new Uint8Array(0), 0)) && offerBytes(offer, codec) <= MAX_OFFER_BYTES;

/** The services in runs, each of which fits `room` bytes with a comma between them. */
function runs(services: readonly ServiceOffer[], room: number, codec: Codec): readonly (readonly ServiceOffer[])[] {
  const found: ServiceOffer[][] = [];
  let run: ServiceOffer[] = [];
  let used = 0;
  for (const service of services) {
    const bytes = offerBytes(service, codec) + 1;
    if (run.length > 0 && used + bytes > room) {
      found.push(run);
      run = [];
      used = 0;
    }
    run.push(service);
    used += bytes;
  }
  found.push(run);
  return found;
}

/**
 * The same announcement or record in as many parts as it takes for each to fit one datagram; one part when there are
 * no services. `part` and `parts` of the argument do not matter. Every service must pass {@link offerFits}, and there
 * are at most {@link MAX_SERVICES}.
 */
export function splitServices<M extends Announce | Event>(message: M, codec: Codec): readonly M[] {
  assert(message.services.length <= MAX_SERVICES, 'a node offers at most 255 services');
  const bare = encodeBody({ ...message, services: [], part: 0, parts: 1 }, codec).length;
  const free = MAX_BODY - bare;
  // Services come first: beside a long name, a reason may take the room of the largest.
  if (message.type === 'event' && message.reason !== undefined && free < MAX_OFFER_BYTES)
    return splitServices({ ...message, reason: undefined }, codec);
  // One byte more than what is free, since the last service has no comma after it.
  const cut = runs(message.services, free + 1, codec);
  return cut.map((services, part) => ({ ...message, services, part, parts: cut.length }));
}
