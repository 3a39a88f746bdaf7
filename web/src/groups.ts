/**
 * Instances put together as the page shows them.
 *
 * @module
 */
import type { InstanceView } from './model.ts';

/** Services by name, each with its instances. */
export function byService(instances: Iterable<InstanceView>): ReadonlyMap<string, readonly InstanceView[]> {
  const services = new Map<string, InstanceView[]>();
  for (const instance of instances) {
    const known = services.get(instance.service);
    if (known === undefined) services.set(instance.service, [instance]);
    else known.push(instance);
  }
  for (const list of services.values()) list.sort((a, b) => a.node.localeCompare(b.node));
  return new Map([...services].sort(([a], [b]) => a.localeCompare(b)));
}

/** It shows text, and can be written on. */
export const isScreen = ({ operations }: InstanceView): boolean =>
  ['read', 'write'].every((wanted) => operations.some(({ name }) => name === wanted));
