/**
 * What a datagram may hold at most. A peer that goes beyond is refused, so that nothing it sends grows our memory.
 *
 * @module
 */

/** The largest datagram sent, bytes. */
export const MAX_DATAGRAM = 1024;
/** The v2 header, and the room left for the tag of a sealed datagram. */
export const HEADER_BYTES = 16;
export const TAG_BYTES = 8;
/** The largest body of one v2 datagram. */
export const MAX_BODY = MAX_DATAGRAM - HEADER_BYTES - TAG_BYTES;
/** What one BLOCK carries. */
export const BLOCK_BYTES = MAX_BODY - 11;

/** A service, node, operation, capability, label key or error code: 1 to 64 UTF-16 units, no control characters. */
export const MAX_NAME = 64;
/** A version: 1 to 32 units. */
export const MAX_VERSION = 32;
/** Pairs of labels of one service; their values have 0 to {@link MAX_NAME} units. */
export const MAX_LABELS = 16;
/** Capabilities of one service. */
export const MAX_CAPABILITIES = 32;
/** Services of one node, and so parts of one announcement: `parts` is a u8. */
export const MAX_SERVICES = 255;
/**
 * One service as JSON, bytes. The longest node name (192 bytes), an address (21), the fixed fields of an EVENT (43) and
 * the punctuation fit beside it: every service fits one datagram alone.
 */
export const MAX_OFFER_BYTES = 720;
/** The words of an ERROR, UTF-16 units; the sender cuts longer ones, so that a failure told in words fits one datagram. */
export const MAX_ERROR_WORDS = 256;
/** Why a node has its state, UTF-16 units; the sender cuts longer ones, and leaves it out where a service needs its room. */
export const MAX_REASON = 96;
/** Lists and objects inside each other, the outer list of a REQUEST or ANNOUNCE among them. */
export const MAX_JSON_DEPTH = 32;
/** A message id of v1, UTF-16 units. */
export const MAX_V1_ID = 64;

/** Smaller bodies are not worth deflating: the header of a block eats what it saves. */
export const DEFLATE_FROM_BYTES = 256;
/**
 * What one deflated v2 body may inflate to, bytes. A host with less memory has its codec answer `'too-large'` earlier;
 * larger messages travel as blocks.
 */
export const MAX_INFLATED = 65_536;
/** What a compressed v1 datagram may inflate to, bytes: eight times what the original programs can send plain. */
export const MAX_V1_INFLATED = 8_192;
/** The largest UDP payload over IPv4; v1 datagrams are taken up to it. */
export const MAX_V1_DATAGRAM = 65_507;
/** The largest message that blocks may make up: 255 KiB, since `takesKiB` is a u8. */
export const MAX_BLOCKED = 261_120;
