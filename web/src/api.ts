/**
 * The gateway's API, as this page uses it. A token comes in the address once (`#token=...`) or by hand, and is kept for this tab.
 *
 * @module
 */
import type { ExplanationView } from '../../src/gateway/views.ts';

export type { ExplanationView };

const ROOT = './api/v1';
const TOKEN = 'tdos-token';

/** What the gateway said was wrong. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Takes a token out of the address, so that it stays in no history. */
export function takeToken(): void {
  const match = /^#token=([\w.~+/=-]+)$/.exec(location.hash);
  if (match?.[1] === undefined) return;
  keepToken(match[1]);
  history.replaceState(null, '', location.pathname + location.search);
}

export const keepToken = (token: string): void => sessionStorage.setItem(TOKEN, token);

function headers(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN);
  return { ...extra, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
}

/** @throws Refusal when the gateway refuses; TypeError when it is out of reach. */
export async function ask(path: string, options: RequestInit = {}): Promise<Response> {
  const body = options.body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(ROOT + path, { ...options, headers: headers(body) });
  if (response.ok) return response;
  const problem: unknown = await response.json().catch(() => undefined);
  const { code, detail } = (problem ?? {}) as { readonly code?: string; readonly detail?: string };
  throw new Refusal(response.status, code ?? 'HTTP', detail ?? `The gateway answered ${response.status}.`);
}

/** Calls an operation of one instance or of whichever serves. @throws Refusal, TypeError */
export async function call(resource: string, operation: string, args: unknown): Promise<unknown> {
  const path = `/resources/${encodeURIComponent(resource)}/call/${encodeURIComponent(operation)}`;
  const body = JSON.stringify(args === undefined ? {} : { args });
  const answer: unknown = await (await ask(path, { method: 'POST', body })).json();
  return (answer as { readonly result: unknown }).result;
}

/** Why a resource gives what it gives. Takes seconds. @throws Refusal, TypeError */
export async function whyOf(resource: string): Promise<ExplanationView> {
  return (await (await ask(`/resources/${encodeURIComponent(resource)}/why`)).json()) as ExplanationView;
}

export interface HistoryView {
  readonly storage: string;
  readonly stepMs: number;
  readonly series: readonly {
    readonly node: string;
    readonly unit: string;
    /** Time, average, least, greatest, count. */
    readonly points: readonly (readonly [number, number, number, number, number])[];
  }[];
}

/** @throws Refusal, TypeError */
export async function historyOf(service: string, node: string, spanMs: number): Promise<HistoryView> {
  const to = Date.now();
  const query = new URLSearchParams({ service, node, from: String(to - spanMs), to: String(to), points: '300' });
  return (await (await ask(`/history?${query}`)).json()) as HistoryView;
}

export const beginFault = (order: Readonly<Record<string, unknown>>): Promise<Response> =>
  ask('/faults', { method: 'POST', body: JSON.stringify(order) });

export const endFault = (id: number): Promise<Response> => ask(`/faults/${id}`, { method: 'DELETE', body: '{}' });

/** A sentence about anything that went wrong. */
export const told = (error: unknown): string =>
  error instanceof Refusal ? error.message : 'The gateway is out of reach. Is its kernel running?';
