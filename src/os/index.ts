/**
 * TDOS for any host: apps, services and the host port. On Node, import `tdos`, which brings the host along.
 *
 * @module
 */
export { ERRORS, type ErrorCode, isErrorCode, TdosError } from '../base/errors.ts';
export { type Instant, instant } from '../base/time.ts';
export { BOARD, type Config, DEFAULTS } from '../core/config.ts';
export type { ClusterEvent } from '../core/model.ts';
export type { Codec } from '../wire/codec.ts';
export type { Address, Epoch, NodeId, PeerState } from '../wire/message.ts';
export {
  type App,
  type AppState,
  type AppStatus,
  every,
  type Job,
  type SupervisedApp,
  type SuperviseOptions,
  supervise,
} from './app.ts';
export { type BootOptions, bootOn } from './boot.ts';
export type { CallOptions } from './calling.ts';
export type { GroupFailure, GroupHandle, Survey } from './group.ts';
export type { Handle, Missing, ReadOptions, WatchOptions } from './handle.ts';
export type { Clock, Host, KeySource, Network, Receive, Store, StoredState } from './host.ts';
export type { CallContext, Operation, Shape } from './operation.ts';
export type {
  EventStream,
  InstanceInfo,
  NodeInfo,
  OpenOptions,
  Os,
  Registration,
  ServiceDefinition,
  ServiceInfo,
  Serving,
} from './os.ts';
export { nextBeat, pause, pauseUntil } from './pause.ts';
export type { Quality, Reading } from './reading.ts';
export { formatResource, isGroup, parseResource, RESOURCE_FORMS, type Resource } from './resource.ts';
export { defineService, type ServiceSpec } from './service.ts';
export { type Signal, Stop } from './signal.ts';
export { makeTinyos, type TinyOs, type TinyServiceInfo } from './tinyos.ts';
export { defineVirtual, type Reduction, type VirtualSpec } from './virtual.ts';
