/**
 * Services inside ANNOUNCE and EVENT: `[index,"name","version",{labels},["capabilities"]]`, where empty labels and
 * capabilities at the end are left out.
 *
 * @module
 */
import type { Reader } from './bytes.ts';
import { isLabelValue, isName, isObject, isVersion } from './checks.ts';
import { MAX_CAPABILITIES, MAX_LABELS, MAX_SERVICES } from './limits.ts';
import type { ServiceOffer } from './message.ts';

export function offerToJson(offer: ServiceOffer): readonly unknown[] {
  const { index, name, version, labels, capabilities } = offer;
  if (capabilities.length > 0) return [index, name, version, labels, capabilities];
  if (Object.keys(labels).length > 0) return [index, name, version, labels];
  return [index, name, version];
}

/** The labels in an object without a prototype, so that a key such as `__proto__` is a key like any other. */
function readLabels(reader: Reader, json: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const labels: Record<string, string> = Object.create(null);
  const keys = Object.keys(json);
  reader.check(keys.length <= MAX_LABELS);
  for (const key of keys) {
    const value = json[key];
    if (isName(key) && isLabelValue(value)) labels[key] = value;
    else reader.refuse('bad-field');
  }
  return labels;
}

function readOffer(reader: Reader, json: unknown): ServiceOffer {
  const [index, name, version, labels = {}, capabilities = []]: readonly unknown[] = Array.isArray(json) ? json : [];
  if (
    typeof index === 'number' &&
    (index & 0xff) === index &&
    isName(name) &&
    isVersion(version) &&
    isObject(labels) &&
    Array.isArray(capabilities) &&
    capabilities.length <= MAX_CAPABILITIES &&
    capabilities.every(isName)
  ) {
    return { index, name, version, labels: readLabels(reader, labels), capabilities };
  }
  reader.refuse('bad-field');
  return { index: 0, name: '', version: '', labels: {}, capabilities: [] };
}

/** Reads the list of services; what is wrong with it goes to the reader's refusal. */
export function readOffers(reader: Reader, json: unknown): readonly ServiceOffer[] {
  if (Array.isArray(json) && json.length <= MAX_SERVICES) return json.map((offer) => readOffer(reader, offer));
  reader.refuse('bad-field');
  return [];
}

/** True when another node would take this service as it is. */
export const isOffer = (offer: ServiceOffer, reader: Reader): boolean => {
  readOffer(reader, offerToJson(offer));
  return reader.refusal === undefined;
};
