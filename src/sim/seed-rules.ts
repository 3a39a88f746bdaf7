/**
 * The rules of the original MicroPython programs, to compare TDOS with: the same machines, air and faults, the same
 * datagrams (v1), another policy.
 *
 * A board announces its service by broadcast at the start and about every 31 s, and beats every 5 s. A kernel refuses a
 * service after 15 s of silence, and after three tries in a row without an answer and without a heartbeat in between;
 * a heartbeat of a service that was removed is ignored. A read is tried three times, 2 s each, and takes any datagram
 * for its answer. Nobody is ever asked or suspected.
 *
 * Here a service is removed the moment its silence reaches 15 s, as for a caller that asks all the time. A board's work
 * on its own heartbeat comes on top of the 5 s that it sleeps, so two lost ones in a row are enough.
 *
 * @module
 */
import type { Resident, Rules } from './resident.ts';
import { Board } from './seed-board.ts';
import { Kernel } from './seed-kernel.ts';
import { type SeedResident, Station } from './seed-station.ts';

/** A board's service has the name of its first service, or the board's own. */
export const seedRules: Rules = async (machine, seat) => {
  const resident = seat.role === 'node' ? new Board(machine, seat) : new Kernel(machine, seat);
  await resident.open();
  return resident;
};

export const isSeedResident = (resident: Resident | undefined): resident is SeedResident => resident instanceof Station;
