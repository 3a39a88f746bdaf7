/**
 * A board in somebody's hands: its program is stopped, something is done, and it starts again, whatever happened.
 *
 * @module
 */
import { TdosError } from '../../../base/errors.ts';
import { RawRepl } from './raw-repl.ts';
import { openSerial } from './serial.ts';

/**
 * The watchdog that the program started would restart the board after 8 s without it. The chips' own registers can still
 * its clock: WATCHDOG_CTRL, bit 30, in the data sheets of the RP2040 and the RP2350.
 */
const STILL_WATCHDOG = `
try:
    import machine, os
    _chip = os.uname().machine
    _at = 0x400d8000 if "RP2350" in _chip else 0x40058000 if "RP2040" in _chip else None
    if _at:
        machine.mem32[_at] = machine.mem32[_at] & ~(1 << 30)
except (ImportError, AttributeError):
    pass
`;

/** Restarts the chip, which ends what the port was connected to. */
const RESTART = 'import machine\nmachine.reset()';

/**
 * Stops the program of the board on a port, runs `use`, and restarts the board.
 *
 * @param restart - false leaves the program stopped after a success.
 * @throws TdosError HOST when the port or the board does not answer, and whatever `use` throws.
 */
export async function withBoard<Result>(
  path: string,
  use: (repl: RawRepl) => Promise<Result>,
  restart = true,
): Promise<Result> {
  const link = await openSerial(path);
  try {
    const repl = await RawRepl.open(link);
    let isDone = false;
    try {
      await repl.run(STILL_WATCHDOG);
      const result = await use(repl);
      isDone = true;
      return result;
    } finally {
      if (restart || !isDone) await restartBoard(repl);
    }
  } finally {
    await link.close();
  }
}

/** A board that is gone cannot be restarted, and what happened to it has been said. */
async function restartBoard(repl: RawRepl): Promise<void> {
  try {
    await repl.start(RESTART);
  } catch (error) {
    if (!(error instanceof TdosError)) throw error;
  }
}
