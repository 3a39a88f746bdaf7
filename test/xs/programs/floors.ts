/**
 * What every program on a board has: the core and the os.
 *
 * @module
 */
export { bootBoard } from '../../../src/os/boot.ts';
export { defineService } from '../../../src/os/service.ts';
