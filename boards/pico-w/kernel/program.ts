/**
 * The kernel node on a Pico W with a Pimoroni Pico Display.
 *
 * @module
 */

import Resource from 'Resource';
import Poco from 'commodetto/Poco';
import parseBMF from 'commodetto/parseBMF';
import config from 'mc/config';
import { pocoScreen } from '../../../src/hosts/xs/screen.ts';
import { kernelNode } from '../kernel-node.ts';
import { machine, print, text } from '../machine.ts';

export default function start(): void {
  const poco = new Poco(screen, { rotation: 90 });
  const shown = pocoScreen(poco, parseBMF(new Resource('OpenSans-Semibold-18.bf4')));
  kernelNode(machine(), text, config, shown, print).catch((error) => print(`Not started: ${String(error)}`));
}
