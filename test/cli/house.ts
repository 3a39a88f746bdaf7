/**
 * A small cluster within the test's own process: real nodes on loopback, which come and go as the test says.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boot, type NodeBootOptions } from '../../src/index.ts';
import type { Os, ServiceDefinition } from '../../src/os/os.ts';
import { withKey } from '../keys.ts';
import { freePort } from './tdos.ts';

export class House {
  readonly port: number;
  private readonly home = withKey(mkdtempSync(join(tmpdir(), 'tdos-house-')));
  private readonly nodes: Os[] = [];

  private readonly options: NodeBootOptions;

  private constructor(port: number, options: NodeBootOptions) {
    this.port = port;
    this.options = options;
  }

  static async open(options: NodeBootOptions = {}): Promise<House> {
    const house = new House(await freePort(), options);
    await house.node('kernel', [], true);
    return house;
  }

  /** A node that offers services. */
  async node(name: string, services: readonly ServiceDefinition[], kernel = false): Promise<Os> {
    const os = await boot({
      ...this.options,
      ...{ name, port: this.port, home: this.home, durable: false, services, kernel },
    });
    this.nodes.push(os);
    return os;
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((os) => os.close()));
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** Resolves once `isSo`, looked at every 10 ms. @throws after 10 s. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
