/**
 * What happens when: a heap of things to do, in order of their moment, and of their arrival among equals. That
 * second rule is what makes a world repeatable.
 *
 * @module
 */
import type { Instant } from '../base/time.ts';

export interface Appointment {
  readonly at: Instant;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

const before = (a: Appointment, b: Appointment): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class Agenda {
  private readonly heap: Appointment[] = [];
  private count = 0;

  add(at: Instant, run: () => void): Appointment {
    const appointment = { at, order: this.count++, run, cancelled: false };
    let place = this.heap.length;
    this.heap.push(appointment);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.heap[above];
      if (parent === undefined || before(parent, appointment)) break;
      this.heap[place] = parent;
      place = above;
    }
    this.heap[place] = appointment;
    return appointment;
  }

  /** The moment of the next appointment that still stands. */
  next(): Instant | undefined {
    while (this.heap[0]?.cancelled) this.removeFirst();
    return this.heap[0]?.at;
  }

  /** Takes out the next appointment that still stands. */
  take(): Appointment | undefined {
    this.next();
    return this.removeFirst();
  }

  private removeFirst(): Appointment | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (first === undefined || last === undefined || this.heap.length === 0) return first;
    let place = 0;
    for (;;) {
      const left = this.heap[2 * place + 1];
      const right = this.heap[2 * place + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && before(right, left);
      const child = isRight ? right : left;
      if (before(last, child)) break;
      this.heap[place] = child;
      place = 2 * place + (isRight ? 2 : 1);
    }
    this.heap[place] = last;
    return first;
  }
}
