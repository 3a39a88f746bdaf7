// The simulated world, for the tests of floors that lie below it.

export { World, type WorldOptions } from '../src/sim/world.ts';
