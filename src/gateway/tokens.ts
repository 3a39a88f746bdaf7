/**
 * Who may: two tokens, one to read and one to write. They are made at the first start and shown once; what is kept is
 * their hash.
 *
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { TdosError } from '../base/errors.ts';
import { hostError } from '../hosts/node/faults.ts';
import { makeFolder, replaceFile } from '../hosts/node/files.ts';

/** Whoever may write may read too. */
export type Role = 'read' | 'write';

/** Hashes of the tokens. */
export interface Tokens {
  readonly read: Buffer;
  readonly write: Buffer;
}

/** Bytes of chance in a token: nobody guesses 192 bits. */
const TOKEN_BYTES = 24;
const Hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const Kept = v.object({ read: Hash, write: Hash });

const hash = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * The tokens kept in `home`; where there are none, or new ones are asked for, they are made and given in `shown`, for the
 * only time.
 *
 * @throws TdosError HOST when the file cannot be read or written.
 */
export function loadTokens(
  home: string,
  renew = false,
): { readonly tokens: Tokens; readonly shown: Readonly<Record<Role, string>> | undefined } {
  const path = join(home, 'gateway-tokens.json');
  const kept = renew ? undefined : readKept(path);
  if (kept !== undefined) return { tokens: kept, shown: undefined };
  const shown = { read: makeToken('read'), write: makeToken('write') };
  const tokens = { read: hash(shown.read), write: hash(shown.write) };
  const content = { read: tokens.read.toString('hex'), write: tokens.write.toString('hex') };
  try {
    makeFolder(home);
    replaceFile(path, `${JSON.stringify(content)}\n`);
  } catch (error) {
    throw hostError(`The tokens of the gateway cannot be kept in ${path}`, error);
  }
  return { tokens, shown };
}

const makeToken = (role: Role): string => `tdos-${role}-${randomBytes(TOKEN_BYTES).toString('base64url')}`;

function readKept(path: string): Tokens | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw hostError(`The tokens of the gateway cannot be read from ${path}`, error);
  }
  const kept = v.safeParse(v.pipe(v.string(), v.parseJson(), Kept), text);
  if (kept.success) return { read: Buffer.from(kept.output.read, 'hex'), write: Buffer.from(kept.output.write, 'hex') };
  throw new TdosError('HOST', `${path} does not hold the tokens of a gateway. Make new ones with --new-tokens.`);
}

/** What the token allows; undefined for nothing. It takes the same time for every wrong one. */
export function roleOf(tokens: Tokens, token: string): Role | undefined {
  const given = hash(token);
  const isWrite = timingSafeEqual(given, tokens.write);
  const isRead = timingSafeEqual(given, tokens.read);
  if (isWrite) return 'write';
  return isRead ? 'read' : undefined;
}
