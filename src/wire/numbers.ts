/**
 * The numbers that stand for words on the wire: a word's place in its list is its number.
 *
 * @module
 */

/** Message types: byte 1 of the header. 0 is never used. */
export const TYPES = [
  undefined,
  'announce',
  'query',
  'request',
  'response',
  'heartbeat',
  'error',
  'ack',
  'goodbye',
  'probe',
  'probe-request',
  'challenge',
  'welcome',
  'event',
  'block',
  'beacon',
  'bundle',
] as const;

export const ACK_KINDS = ['working', 'block', 'alive', 'vouched'] as const;

export const PEER_STATES = ['alive', 'suspect', 'dead', 'left'] as const;
