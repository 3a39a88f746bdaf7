/**
 * `tdos sensor`: one node with a sensor that comes with TDOS, with all of the machine's own, or with a service of yours.
 *
 * @module
 */
import type { Command } from 'commander';
import { Random } from '../../base/random.ts';
import type { ServiceDefinition } from '../../os/os.ts';
import { humiditySensor, lightSensor, simulatedDaylight, tempSensor } from '../../services/sensors.ts';
import { CliError } from '../faults.ts';
import { addLog } from '../log.ts';
import { runNode, type StayOptions } from '../node.ts';
import { addFor, collectLabel } from '../options.ts';
import { isFile, loadService } from '../user-code.ts';

interface SensorOptions extends StayOptions {
  readonly label?: Readonly<Record<string, string>>;
  readonly as?: Readonly<Record<string, string>>;
  readonly version?: string;
}

/** What the command line says of the services. */
interface Offer {
  readonly labels: Readonly<Record<string, string>>;
  readonly version?: string;
}

const EXAMPLES = `
Examples:
  tdos sensor temp_sensor --name attic --label room=attic
  tdos sensor host --as cpu_temp=temp_sensor
  tdos sensor examples/soil-sensor.ts`;

export function define(command: Command): void {
  addLog(addFor(command))
    .description('Runs a node with one sensor, simulated where it needs hardware, until Ctrl-C.')
    .argument(
      '<sensor>',
      'temp_sensor, humidity_sensor, light_sensor, host (this machine), or a file with your service',
    )
    .option('--name <node>', 'name of the node; under it the node keeps its identity (default: name of this machine)')
    .option('--label <key=value>', 'such as room=kitchen; may be repeated', collectLabel)
    .option('--version <version>', 'version that it is offered in, such as 1.2.0')
    .option(
      '--as <found=name>',
      'for host: another name, such as bme280_temp=temp_sensor; may be repeated',
      collectLabel,
    )
    .addHelpText('after', EXAMPLES)
    .action(async (sensor: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<SensorOptions>();
      await runNode(options, { services: () => servicesOf(sensor, options) });
    });
}

async function servicesOf(sensor: string, options: SensorOptions): Promise<readonly ServiceDefinition[]> {
  const { label: labels = {}, version, name = '' } = options;
  const offer = { labels, ...(version === undefined ? {} : { version }) };
  switch (sensor) {
    case 'temp_sensor':
      return [tempSensor(secondsOf(name), offer)];
    case 'humidity_sensor':
      return [humiditySensor(secondsOf(name), offer)];
    case 'light_sensor':
      return [lightSensor(simulatedDaylight(hourNow, new Random(Date.now())), offer)];
    case 'host':
      return machineOf(options.as ?? {}, offer);
    default:
      return [await serviceOf(sensor, offer)];
  }
}

/** All sensors of this machine. */
async function machineOf(names: Readonly<Record<string, string>>, offer: Offer): Promise<readonly ServiceDefinition[]> {
  const { machineSensors } = await import('../../hosts/node/machine.ts');
  return machineSensors({ names, labels: offer.labels }).map((service) => ({
    ...service,
    ...offer,
    labels: service.labels,
  }));
}

/** The service in a file, with the labels and the version of the command line before its own. */
async function serviceOf(file: string, offer: Offer): Promise<ServiceDefinition> {
  const known = 'temp_sensor, humidity_sensor, light_sensor, host, and files such as ./soil-sensor.ts';
  if (!isFile(file)) throw new CliError('USAGE', `there is no sensor \`${file}\`. There are ${known}.`);
  const service = await loadService(file);
  return { ...service, ...offer, labels: { ...service.labels, ...offer.labels } };
}

/** The clock that simulated values follow: a little different on each node, so that two rooms are not the same. */
function secondsOf(node: string): () => number {
  const shift = [...node].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return () => Date.now() / 1000 + shift;
}

function hourNow(): number {
  const now = new Date();
  return now.getHours() + now.getMinutes() / 60 + now.getSeconds() / 3600;
}
