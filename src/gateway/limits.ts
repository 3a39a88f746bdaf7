/**
 * Every limit of the gateway, with its unit and reason. Nobody who talks to it, kindly or not, can make it hold more.
 *
 * @module
 */

/** Bytes of a request's body: the largest argument that a call can carry is 64 KiB. */
export const MAX_BODY = 64 * 1024;
/** Connections at once: five pages of six each for everybody in a large house, and programs beside them. */
export const MAX_CONNECTIONS = 512;
/** Streams of events at once. Each costs what lies in its backlog at most. */
export const MAX_STREAMS = 256;
/** Bytes that wait for a slow reader; then it is dropped, and may come again. A snapshot of 512 nodes is 250 KB. */
export const MAX_BACKLOG = 1024 * 1024;
/** Reads and calls at once on behalf of HTTP; the rest of the node's calls stay for its apps. */
export const MAX_CALLS = 128;
/** ms between two signs of life on a silent stream: shorter than what proxies and phones put up with. */
export const STREAM_BEAT_MS = 15_000;
/** ms for a request to be sent, and its head: whoever sends a byte a second holds a connection no longer. */
export const REQUEST_MS = 20_000;
export const HEADERS_MS = 10_000;
/** Events kept to be asked for. */
export const MAX_JOURNAL = 2000;
/** ms of a call through HTTP: at least, and at most. */
export const MIN_CALL_MS = 50;
export const MAX_CALL_MS = 60_000;
/** ms between two readings of a watch, at least and at most. */
export const MIN_WATCH_MS = 100;
export const MAX_WATCH_MS = 3_600_000;
/** Points of one history. */
export const MAX_POINTS = 2000;
/** ms between two looks at the cluster, and after an event, so that many changes become one message. */
export const LOOK_MS = 500;
export const SOON_MS = 40;
/** ms between two readings of a service that somebody looks at: at least, and for each of its instances (3 % of the airtime). */
export const READ_EVERY_MS = 1000;
export const READ_EACH_MS = 25;
/** ms that such a reading may take. */
export const READ_WITHIN_MS = 1500;
/** Services that are read for those who look. */
export const MAX_READ_SERVICES = 128;
