// The floors of src/, lowest first, and what is special about some of them. The walls (dependency rules, language rules)
// and the check that they looked at every floor all read this list.

/** A floor may import itself and what lies below; two folders in one entry stand side by side. */
export const FLOORS = [['base'], ['wire'], ['core'], ['os'], ['services'], ['hosts', 'sim'], ['gateway'], ['cli']];

/** These run anywhere: the language itself, and nothing around it. */
export const PORTABLE = ['base', 'wire', 'core', 'os', 'services'];

/** Core files that any other core file may import. All others know only these, and those below introduce them to each other. */
export const CORE_VOCABULARY = [
  'config',
  'model',
  'timers',
  'keyring',
  'outbox',
  'wall-clock',
  'introduction',
  'alike',
];

/** Core files that introduce the others to each other. */
export const CORE_INTRODUCERS = [
  'endpoint',
  'parts',
  'introductions',
  'membership/membership',
  'membership/health',
  'membership/intake',
  'membership/introductions',
  'membership/port',
  'membership/registry',
  'membership/kernel',
  'membership/roster',
  'exchange/exchange',
  'exchange/calls',
  'exchange/call-book',
  'exchange/carrier',
  'exchange/carrier-port',
  'exchange/introductions',
  'exchange/port',
  'exchange/block-introductions',
  'exchange/serving',
  'trust/trust',
  'trust/proofs',
  'trust/strangers',
  'exchange/standings',
  'v1/bridge',
  'v1/introductions',
  'v1/port',
];

/** The only places that import node: builtins. */
export const REAL_IO = ['hosts/node', 'gateway', 'cli'];

/** Kinds of real hosts: none knows another. */
export const HOST_KINDS = ['node', 'xs', 'browser'];
