/**
 * Something for each call that came in, by who calls and under which number. Calls of a client before and after its
 * restart are different calls.
 *
 * Keys are numbers within numbers, never text made for the purpose: this is looked into for every request.
 *
 * @module
 */
import type { Address, Epoch, NodeId } from '../../wire/message.ts';

/** One run of one node. */
interface Client {
  readonly node: NodeId;
  readonly epoch: Epoch;
  readonly address: Address;
  readonly together?: boolean;
}

interface Calls<Call> {
  client: Client;
  readonly byId: Map<number, Call>;
}

export class CallTable<Call> {
  /** Those without a call are dropped. */
  private readonly clients = new Map<NodeId, Map<Epoch, Calls<Call>>>();

  get({ node, epoch }: Pick<Client, 'node' | 'epoch'>, callId: number): Call | undefined {
    return this.clients.get(node)?.get(epoch)?.byId.get(callId);
  }

  set(client: Client, callId: number, call: Call): void {
    this.callsOf(client).byId.set(callId, call);
  }

  /** The one object for this client that all its calls may keep, for as long as it stays where it is and calls as it does. */
  shared(client: Client): Client {
    const calls = this.callsOf(client);
    const known = calls.client;
    if (known.address !== client.address || known.together !== client.together) calls.client = client;
    return calls.client;
  }

  delete({ node, epoch }: Client, callId: number): void {
    const epochs = this.clients.get(node);
    const calls = epochs?.get(epoch);
    if (epochs === undefined || calls === undefined) return;
    calls.byId.delete(callId);
    if (calls.byId.size === 0) epochs.delete(epoch);
    if (epochs.size === 0) this.clients.delete(node);
  }

  *values(): Generator<Call> {
    for (const epochs of this.clients.values()) for (const { byId } of epochs.values()) yield* byId.values();
  }

  private callsOf(client: Client): Calls<Call> {
    let epochs = this.clients.get(client.node);
    if (epochs === undefined) {
      epochs = new Map();
      this.clients.set(client.node, epochs);
    }
    let calls = epochs.get(client.epoch);
    if (calls === undefined) {
      calls = { client, byId: new Map() };
      epochs.set(client.epoch, calls);
    }
    return calls;
  }
}
