/**
 * What boots on a machine of a cluster: TDOS, or other rules to compare it with, behind what can be seen of either.
 *
 * @module
 */
import type { Config } from '../core/config.ts';
import type { ClusterEvent } from '../core/model.ts';
import { bootOn } from '../os/boot.ts';
import type { NodeInfo, Os, ServiceDefinition } from '../os/os.ts';
import type { Machine } from './machine.ts';
import { promisingService } from './promising.ts';

export type Role = 'node' | 'kernel' | 'reader';

/** What can be seen of a node, whatever its rules. */
export interface Resident {
  readonly name: string;
  nodes(): readonly Pick<NodeInfo, 'node' | 'state'>[];
  on(listener: (event: ClusterEvent) => void): () => void;
  close(): Promise<void>;
}

/** One place in the cluster, before something boots there. */
export interface Seat {
  readonly name: string;
  readonly role: Role;
  readonly config: Partial<Config>;
  readonly services: readonly ServiceDefinition[];
  readonly onFault: (error: unknown) => void;
}

/** What boots on a machine. */
export type Rules = (machine: Machine, seat: Seat) => Promise<Resident>;

/** TDOS itself: boards with small tables, everybody else as a PC. */
export const tdosRules: Rules = (machine, { name, role, config, services, onFault }) =>
  bootOn(machine, {
    name,
    kernel: role === 'kernel',
    profile: role === 'node' ? 'board' : 'pc',
    follow: role !== 'node',
    config,
    services: services.map((service) => promisingService(machine, service)),
    onFault,
  });

/** It is a node of TDOS. */
export const isOs = (resident: Resident | undefined): resident is Os => resident !== undefined && 'provide' in resident;
