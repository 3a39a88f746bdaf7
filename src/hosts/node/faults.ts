/**
 * What the operating system refuses, in words: what happened, and what to do about it.
 *
 * @module
 */
import { TdosError } from '../../base/errors.ts';

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program holds it and does not share it. Stop that program, or choose another port.',
  EADDRNOTAVAIL: 'this machine does not have that address now. Check the interface.',
  EACCES: 'it is not permitted to this user. Ports below 1024 need root; files need their owner’s permission.',
  EPERM: 'it is not permitted to this user. A firewall or a container may forbid it.',
  EMFILE: 'this process has too many files open. Raise the limit (`ulimit -n`).',
  ENFILE: 'the machine has too many files open.',
  ENOSPC: 'the disk is full. Make room, or point TDOS_HOME to another disk.',
  EDQUOT: 'your disk quota is used up. Make room, or point TDOS_HOME to another disk.',
  EROFS: 'the file system is read-only. Point TDOS_HOME to one that can be written.',
  EEXIST: 'a file stands where a folder should be. Move it away.',
  ENOTDIR: 'a part of the path is a file, not a folder. Point TDOS_HOME to a folder.',
  EISDIR: 'a folder stands where a file should be. Move it away.',
  ENOENT: 'there is no such folder, and none can be made there.',
  EIO: 'the disk reports a fault.',
};

/** The operating system's name for what went wrong, `EACCES`, also of a {@link hostError}; `''` for other errors. */
export function faultCode(error: unknown): string {
  if (error instanceof TdosError) return faultCode(error.cause);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A HOST error: `what` ("UDP port 4000 cannot be opened") and the reason in words. */
export function hostError(what: string, error: unknown): TdosError {
  const said = error instanceof Error ? error.message : String(error);
  const fault = new TdosError('HOST', `${what}: ${ADVICE[faultCode(error)] ?? `${said}.`}`);
  fault.cause = error;
  return fault;
}
