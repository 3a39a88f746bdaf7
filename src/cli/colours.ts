/**
 * Colours for people: only on a terminal, and never against NO_COLOR. FORCE_COLOR brings them elsewhere. (The defaults of
 * picocolors also colour what is piped where `CI` is set.)
 *
 * @module
 */
import pc from 'picocolors';

const { NO_COLOR = '', FORCE_COLOR = '', TERM } = process.env;
const isTerminal = process.stdout.isTTY && TERM !== 'dumb';

export const colours = pc.createColors(NO_COLOR === '' && (isTerminal || FORCE_COLOR !== ''));
