/**
 * Round trips to nodes, measured without making them do anything: an operation that no service has is refused at once,
 * and the refusal is an answer like any other.
 *
 * @module
 */
import type { NodeInfo, Os } from '../os/os.ts';

const NO_SUCH_OPERATION = '?';
/** ms: who takes longer has no round trip to show. */
const LIMIT_MS = 250;

/** Asks each node once, or each that offers `service`; `os.list()` has the round trips afterwards. */
export async function measureRoundTrips(os: Os, service?: string): Promise<void> {
  const nodes = os.nodes().filter(({ services }) => service === undefined || services.includes(service));
  await Promise.all(nodes.map((node) => measureRoundTrip(os, node)));
}

/** Asks one node, if it offers anything. Never throws. */
export async function measureRoundTrip(os: Os, node: NodeInfo): Promise<void> {
  const service = node.services[0];
  if (service === undefined || node.own || node.state !== 'alive') return;
  try {
    const handle = await os.open(`${service}@${node.node}`, { timeoutMs: LIMIT_MS });
    const ask = (): Promise<unknown> =>
      handle.call(NO_SUCH_OPERATION, undefined, { timeoutMs: LIMIT_MS }).catch(() => undefined);
    await ask();
    // Where the node asked first who calls, nobody knows how long the answer itself took.
    if (!isMeasured(os, node)) await ask();
    handle.close();
  } catch {
    // It has gone: then there is no round trip to show.
  }
}

const isMeasured = (os: Os, { nodeId }: NodeInfo): boolean =>
  os.list().some((instance) => instance.nodeId === nodeId && instance.rttMs !== undefined);
