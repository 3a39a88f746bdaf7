/**
 * A small cluster within the test's own process: real nodes on loopback, which come and go as the test says.
 *
 * @module
 */
import { boot } from '../../src/index.ts';
import type { Os, ServiceDefinition } from '../../src/os/os.ts';
import { freePort } from './tdos.ts';

export class House {
  readonly port: number;
  private readonly nodes: Os[] = [];

  private constructor(port: number) {
    this.port = port;
  }

  static async open(): Promise<House> {
    const house = new House(await freePort());
    await house.node('kernel', [], true);
    return house;
  }

  /** A node that offers services. */
  async node(name: string, services: readonly ServiceDefinition[], kernel = false): Promise<Os> {
    const os = await boot({ name, port: this.port, durable: false, services, kernel });
    this.nodes.push(os);
    return os;
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((os) => os.close()));
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
