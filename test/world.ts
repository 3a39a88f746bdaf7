// The simulated world, for the tests of floors that lie below it.

export { plainCodec } from '../src/sim/codec.ts';
export { Machine } from '../src/sim/machine.ts';
export { World, type WorldOptions } from '../src/sim/net.ts';
