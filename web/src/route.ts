/**
 * Where on the page one is: the part of the address after `#`.
 *
 * @module
 */
import { useEffect, useState } from 'preact/hooks';

export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'events' }
  | { readonly page: 'service'; readonly service: string }
  | { readonly page: 'node'; readonly id: string }
  | { readonly page: 'instance'; readonly service: string; readonly id: string };

export const serviceLink = (service: string): string => `#/service/${encodeURIComponent(service)}`;
export const nodeLink = (id: string): string => `#/node/${id}`;
export const instanceLink = (service: string, id: string): string => `#/instance/${encodeURIComponent(service)}/${id}`;

function routeOf(hash: string): Route {
  const [, page = '', first = '', second = ''] = hash.split('/').map(decoded);
  if (page === 'events') return { page };
  if (page === 'service' && first !== '') return { page, service: first };
  if (page === 'node' && first !== '') return { page, id: first };
  if (page === 'instance' && first !== '' && second !== '') return { page, service: first, id: second };
  return { page: 'overview' };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const follow = (): void => {
      setRoute(routeOf(location.hash));
      scrollTo({ top: 0 });
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}
