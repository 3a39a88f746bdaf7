/**
 * Names of resources: which instances an app means.
 *
 * `temp_sensor` any; `temp_sensor@kitchen` that on the node of this name, or with this value of any label;
 * `temp_sensor@room=kitchen` that with this label; `temp_sensor@*` each.
 *
 * @module
 */
import { TdosError } from '../base/errors.ts';
import { parseRange } from '../base/semver.ts';
import type { Selector } from '../core/model.ts';
import { isLabelValue, isName } from '../wire/checks.ts';

/** A resource, read. */
export type Resource =
  | { readonly service: string; readonly where: 'any' | 'each' }
  | { readonly service: string; readonly where: 'at'; readonly at: string }
  | { readonly service: string; readonly where: 'label'; readonly key: string; readonly value: string };

/** What may stand for a resource, to be shown to a person. */
export const RESOURCE_FORMS = '`service`, `service@node`, `service@label=value` or `service@*`';

/** True for `service@*`: it opens as a group. */
export const isGroup = (resource: string): resource is `${string}@*` => resource.endsWith('@*');

/** @throws TdosError BAD_ARGUMENT saying what is allowed. */
export function parseResource(text: string): Resource {
  const at = text.indexOf('@');
  const service = at < 0 ? text : text.slice(0, at);
  if (!isName(service)) refuse(text);
  if (at < 0) return { service, where: 'any' };
  const place = text.slice(at + 1);
  if (place === '*') return { service, where: 'each' };
  const equals = place.indexOf('=');
  if (equals < 0) return isName(place) ? { service, where: 'at', at: place } : refuse(text);
  const key = place.slice(0, equals);
  const value = place.slice(equals + 1);
  return isName(key) && isLabelValue(value) ? { service, where: 'label', key, value } : refuse(text);
}

/** The text that {@link parseResource} reads as this. */
export function formatResource(resource: Resource): string {
  switch (resource.where) {
    case 'any':
      return resource.service;
    case 'each':
      return `${resource.service}@*`;
    case 'at':
      return `${resource.service}@${resource.at}`;
    case 'label':
      return `${resource.service}@${resource.key}=${resource.value}`;
  }
}

/**
 * The resource as the core takes it.
 *
 * @param versions - `^1.2`; undefined for any.
 * @param trusted - leaves out what anybody could forge.
 * @throws TdosError BAD_ARGUMENT when that is no range.
 */
export function selectorOf(resource: Resource, versions: string | undefined, trusted = false): Selector {
  const selector = { ...whereOf(resource), ...(trusted ? { trusted } : {}) };
  if (versions === undefined) return selector;
  const range = parseRange(versions);
  if (range === undefined)
    throw new TdosError(
      'BAD_ARGUMENT',
      `\`${versions}\` is no range of versions. Write \`^1.2\`, \`~1.2.3\` or \`>=1 <3\`.`,
    );
  return { ...selector, versions: range };
}

function whereOf(resource: Resource): Selector {
  const { service } = resource;
  if (resource.where === 'at') return { service, at: resource.at };
  if (resource.where === 'label') return { service, label: { key: resource.key, value: resource.value } };
  return { service };
}

function refuse(text: string): never {
  throw new TdosError('BAD_ARGUMENT', `\`${text}\` names no resource. Write ${RESOURCE_FORMS}.`);
}
