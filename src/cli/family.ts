/**
 * All nodes of `tdos up`: starts them together, shows what each prints under its name, and says in words what becomes of
 * them.
 *
 * @module
 */

import { Child, type Ready } from './child.ts';
import { colours } from './colours.ts';
import type { Member } from './demo.ts';
import { CliError } from './faults.ts';
import { print } from './print.ts';
import { faint, nodeColour, printable, tableText } from './table.ts';

/** ms for a node to say goodbye before it is ended; within the second that Ctrl-C may take. */
const GRACE_MS = 600;

/** What is told of the whole. */
export interface About {
  /** Which network: `port 4000 of loopback`. */
  readonly where: string;
  /** A command that looks at this cluster, as a person types it. */
  command(text: string): string;
}

interface Relative {
  readonly member: Member;
  readonly child: Child;
  readonly paint: (text: string) => string;
  ready: Ready | undefined;
}

export class Family {
  /** Rejects when a node cannot be started, or when none is left. */
  readonly failed: Promise<never>;
  private readonly relatives: Relative[];
  private readonly about: About;
  private readonly width: number;
  private readonly fail: (error: Error) => void;
  /** Lines that came before the table of nodes; undefined since it is printed. */
  private early: string[] | undefined = [];
  private stopping: Promise<void> | undefined;

  constructor(members: readonly Member[], about: About) {
    this.about = about;
    this.width = Math.max(...members.map(({ name }) => name.length));
    const { promise, reject } = Promise.withResolvers<never>();
    this.failed = promise;
    this.fail = reject;
    this.relatives = members.map((member, index) => this.start(member, nodeColour(index)));
  }

  /** Ends all nodes, and waits for them. */
  stop(): Promise<void> {
    this.stopping ??= Promise.all(this.relatives.map(({ child }) => child.stop(GRACE_MS))).then(() => undefined);
    return this.stopping;
  }

  private start(member: Member, paint: (text: string) => string): Relative {
    const child = new Child(member.args, {
      ready: (ready) => {
        relative.ready = ready;
        this.showTable();
      },
      line: (line) => this.show(relative, printable(line)),
      ended: (how) => this.ended(relative, how),
    });
    const relative: Relative = { member, child, paint, ready: undefined };
    return relative;
  }

  private show({ member, paint }: Relative, line: string): void {
    if (this.stopping !== undefined) return;
    const text = `${paint(member.name.padEnd(this.width))} ${colours.dim('│')} ${line}`;
    if (this.early === undefined) print(text);
    else this.early.push(text);
  }

  /** Once all are ready. */
  private showTable(): void {
    if (this.early === undefined || this.relatives.some(({ ready }) => ready === undefined)) return;
    const rows = this.relatives.map(({ member, child, paint, ready }) => [
      { text: member.name, paint },
      ready?.kernel ? 'registry, weather station' : (ready?.serves.join(', ') ?? ''),
      faint(String(child.pid ?? '')),
    ]);
    print(tableText(['NODE', 'SERVES', 'PID'], rows));
    print('');
    const http = this.relatives.find(({ ready }) => ready?.http !== undefined)?.ready?.http;
    if (http !== undefined) print(`Dashboard: ${colours.bold(http)}`);
    print(`${this.relatives.length} nodes on ${this.about.where}. Ctrl-C ends them all. In another terminal:`);
    print(this.suggestions());
    print('');
    for (const line of this.early) print(line);
    this.early = undefined;
  }

  private suggestions(): string {
    const pid = this.relatives.find(({ member }) => member.name === 'kitchen')?.child.pid ?? 'PID';
    return tableText(
      [],
      [
        [`  ${this.about.command('ls')}`, faint('what there is, and how it is')],
        [`  ${this.about.command('top')}`, faint('the same, live')],
        [`  ${this.about.command('read temp_sensor')}`, faint('a value, how fresh it is, and where it comes from')],
        [`  kill -9 ${pid}`, faint('pull the plug of the kitchen: the hall takes over')],
      ],
    );
  }

  private ended(relative: Relative, how: string): void {
    if (this.stopping !== undefined) return;
    const { member, ready } = relative;
    if (ready === undefined) {
      for (const line of this.early ?? []) print(line);
      this.fail(new CliError('NODE_FAILED', `the node ${member.name} ${how} before it was ready: see above.`));
      return;
    }
    this.show(relative, `${colours.bold(how)}. The others go on. To bring it back, in another terminal:`);
    this.show(relative, colours.bold(`  ${member.command}`));
    if (this.relatives.every(({ child }) => child.ended))
      this.fail(new CliError('NODE_FAILED', 'no node is left. Start again with `tdos up`.'));
  }
}
