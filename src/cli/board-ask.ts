/**
 * What `tdos board setup` asks a person for: what no flag has said.
 *
 * @module
 */
import { confirm, isCancel, multiselect, password, text } from '@clack/prompts';
import { KINDS, parsePart } from '../hosts/node/board/program.ts';
import { type Answers, nameFault, passwordFault, passwordOf, type SetupOptions, ssidFault } from './board-answers.ts';
import { CliError } from './faults.ts';

export async function ask(options: SetupOptions): Promise<Answers> {
  const { wifi, passwordFrom, name, sensor } = options;
  return {
    ssid: wifi ?? (await askText('Name of the Wi-Fi (2.4 GHz)', '', ssidFault)),
    password: passwordFrom === undefined ? await askPassword() : await passwordOf(passwordFrom),
    name: name ?? (await askText('Name of the board', 'board-1', (given) => nameFault(given || 'board-1'))),
    sensors: sensor ?? (await askSensors()),
  };
}

/** Asks whether a program may be overwritten. */
export async function mayReplace(): Promise<boolean> {
  return answered(
    await confirm({ message: 'The board has a main.py that was not made here. Replace it?', initialValue: false }),
  );
}

async function askPassword(): Promise<string> {
  const given = await password({
    message: 'Its password (nothing for an open Wi-Fi)',
    validate: (value) => passwordFault(value ?? ''),
  });
  return answered(given);
}

async function askText(
  message: string,
  defaultValue: string,
  fault: (given: string) => string | undefined,
): Promise<string> {
  const given = await text({
    message,
    defaultValue,
    placeholder: defaultValue,
    validate: (value) => fault(value ?? ''),
  });
  return answered(given);
}

async function askSensors(): Promise<string[]> {
  const kinds = answered(
    await multiselect({
      message: 'What is on the board? (space chooses)',
      options: Object.entries(KINDS).map(([value, { title }]) => ({ value, label: title })),
      initialValues: ['chip'],
    }),
  );
  const sensors: string[] = [];
  for (const name of kinds) {
    const pins = KINDS[name]?.pins ?? [];
    if (pins.length === 0) sensors.push(name);
    else sensors.push(`${name}:${await askPins(name, pins)}`);
  }
  return sensors;
}

const askPins = (name: string, pins: readonly (readonly [string, number])[]): Promise<string> => {
  const usual = pins.map(([, pin]) => pin).join(',');
  return askText(`GPIO of ${name}: ${pins.map(([pin]) => pin).join(',')}`, usual, (given) => {
    try {
      parsePart(`${name}:${given || usual}`);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  });
};

/** @throws CliError USAGE when Ctrl-C was the answer. */
function answered<Value>(given: Value): Exclude<Value, symbol> {
  if (isCancel(given)) throw new CliError('USAGE', 'nothing was changed.');
  return given as Exclude<Value, symbol>;
}
