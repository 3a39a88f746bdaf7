/**
 * All proofs, in the order in which `npm run prove` runs them.
 *
 * @module
 */
import { bits } from './bits.ts';
import { deliberateBugs } from './bugs.ts';
import { death } from './death.ts';
import { discovery } from './discovery.ts';
import type { Proof } from './figure.ts';
import { flood } from './flood.ts';
import { comesBack } from './interface.ts';
import { cutLogging, killedLogging } from './logging.ts';
import { delay, loss } from './loss.ts';
import { once } from './once.ts';
import { redteam } from './redteam.ts';
import { rotation } from './rotation.ts';
import { v1 } from './v1.ts';
import { whyRight } from './why.ts';

export const proofs: readonly Proof[] = [
  death,
  discovery,
  v1,
  rotation,
  loss,
  delay,
  comesBack,
  flood,
  once,
  killedLogging,
  cutLogging,
  whyRight,
  redteam,
  bits,
  deliberateBugs,
];
