/**
 * A trial as the command that runs exactly it again: `tdos sim --seed 42 --nodes 3 …`.
 *
 * @module
 */
import { type RadioOptions, WIFI } from './radio.ts';
import type { FixedTrial } from './shrink.ts';

/** The command that runs exactly this trial again. */
export function commandOf(trial: FixedTrial): string {
  const { seed, nodes, kernels, readers, forMs, radio, faults, callEveryMs } = trial;
  const { calm = false, open = false, attacked = false } = trial;
  return [
    `tdos sim --seed ${seed} --nodes ${nodes} --kernels ${kernels} --for ${forMs}ms`,
    ...(readers === undefined ? [] : [`--readers ${readers}`]),
    ...(callEveryMs === undefined ? [] : [`--calls ${callEveryMs}ms`]),
    ...(calm ? [] : ['--hasty']),
    ...(open ? ['--open'] : []),
    ...(attacked ? ['--attacked'] : []),
    airWords(radio),
    faults.length === 0 ? '--faults none' : `--faults '${JSON.stringify(faults)}'`,
  ].join(' ');
}

/** Always said: what is left out is the air of a Wi-Fi room. */
function airWords(radio: Partial<RadioOptions>): string {
  const { loss } = radio;
  const lossy = loss === undefined ? {} : { loss };
  const same = JSON.stringify(radio);
  for (const [air, plain] of Object.entries({ wifi: WIFI, clear: {} }))
    if (JSON.stringify({ ...plain, ...lossy }) === same)
      return `--air ${air}${loss === undefined ? '' : ` --loss ${loss}`}`;
  return `--radio '${same}'`;
}
