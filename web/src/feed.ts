/**
 * The live stream: opened when the page is, read message by message, and opened again whenever it breaks, soon at first and
 * then with growing pauses. (By `fetch`, since an `EventSource` can send no token.)
 *
 * @module
 */
import { ask, Refusal, told } from './api.ts';
import { apply, type Message } from './model.ts';
import { update } from './store.ts';

const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 5000;
/** The gateway gives a sign of life every 15 s. */
const SILENCE_MS = 35_000;

let wake: (() => void) | undefined;

/** Tries again at once, where it waits. */
export const retryNow = (): void => wake?.();

/** Runs for as long as the page. */
export async function follow(): Promise<never> {
  addEventListener('online', retryNow);
  document.addEventListener('visibilitychange', retryNow);
  let pauseMs = FIRST_PAUSE_MS;
  let since: number | undefined;
  for (;;) {
    let wasRefused = false;
    try {
      await listen(() => {
        since = undefined;
        pauseMs = FIRST_PAUSE_MS;
      });
    } catch (error) {
      wasRefused = error instanceof Refusal && error.status === 401;
      if (wasRefused) update((state) => ({ ...state, connection: { is: 'refused', reason: told(error) } }));
    }
    if (wasRefused) {
      await pause(undefined);
      continue;
    }
    since ??= Date.now();
    const lost = { is: 'lost', since, retryAt: Date.now() + pauseMs } as const;
    update((state) => ({ ...state, connection: lost }));
    await pause(pauseMs);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.7);
  }
}

/** @param ms - undefined: until it is told to try again. */
function pause(ms: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** Reads the stream until it ends. @throws Refusal, TypeError */
async function listen(opened: () => void): Promise<void> {
  const controller = new AbortController();
  let watchdog = setTimeout(() => controller.abort(), SILENCE_MS);
  try {
    const { body } = await ask('/live', { signal: controller.signal });
    if (body === null) return;
    opened();
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(() => controller.abort(), SILENCE_MS);
      const parts = (rest + value).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) take(part);
    }
  } finally {
    clearTimeout(watchdog);
  }
}

function take(text: string): void {
  const match = /^event: (\w+)\ndata: (.*)$/s.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return;
  // It comes from the gateway that this page comes from, in the shapes of its schemas.
  const message = { event: match[1], data: JSON.parse(match[2]) } as Message;
  update((state) => apply(state, message, Date.now()));
}
