/**
 * The one state of the page, and how its parts listen to it. Many messages between two frames draw the page once.
 *
 * @module
 */
import { useEffect, useState } from 'preact/hooks';
import { EMPTY, type State } from './model.ts';

let state: State = EMPTY;
let isDue = false;
const listeners = new Set<() => void>();

export function update(change: (state: State) => State): void {
  const next = change(state);
  if (next === state) return;
  state = next;
  if (isDue) return;
  isDue = true;
  // Not `requestAnimationFrame`: a page in the background draws no frames, and would remember them all.
  setTimeout(() => {
    isDue = false;
    for (const listener of [...listeners]) listener();
  }, 30);
}

/** A part of the state; the caller is drawn again when it is another. */
export function useLive<Part>(select: (state: State) => Part): Part {
  const [part, setPart] = useState(() => select(state));
  const now = select(state);
  useEffect(() => {
    const look = (): void => setPart(() => select(state));
    look();
    listeners.add(look);
    return () => void listeners.delete(look);
  }, [select]);
  return Object.is(now, part) ? part : now;
}

/** The time, every second, for ages that grow. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
