/** A server that says what it was told, and counts what it may do only once. */
import { boot, defineService } from 'tdos';
import { obey, options, tell } from './part.ts';

interface EchoOptions {
  readonly port: number;
  readonly name: string;
  readonly kernel: boolean;
  readonly interface: string;
}

/** How often each numbered piece of work was done. */
const done = new Map<number, number>();

await boot({
  ...options<EchoOptions>(),
  services: [
    defineService({
      name: 'echo',
      read: ({ n }: { readonly n: number }) => ({ value: n, unit: '' }),
      ops: {
        work: {
          safe: false,
          run: ({ n }: { readonly n: number }) => {
            done.set(n, (done.get(n) ?? 0) + 1);
            return n;
          },
        },
      },
    }),
  ],
});

obey({ done: () => [...done] });
tell('up');
