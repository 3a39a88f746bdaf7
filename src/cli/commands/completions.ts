/**
 * `tdos completions`: a script that teaches a shell the commands, options and resources of TDOS.
 *
 * @module
 */
import { Argument, type Command, type Option } from 'commander';
import { type CommandWord, completionScript, type OptionWord, SHELLS } from '../completions.ts';
import { seeCluster, withOs } from '../join.ts';
import type { NetworkOptions } from '../options.ts';
import { print } from '../print.ts';

/** ms that someone waits who pressed Tab. */
const PATIENCE_MS = 300;
/** Commands whose first argument is a resource or a service. */
const OF_RESOURCES: ReadonlySet<string> = new Set(['read', 'write', 'call', 'watch', 'info', 'why']);

const EXAMPLES = `
Examples:
  eval "$(tdos completions bash)"                                   in ~/.bashrc
  tdos completions zsh > "\${fpath[1]}/_tdos"
  tdos completions fish > ~/.config/fish/completions/tdos.fish`;

/** The other commands must be defined when it runs: they are what it tells of. */
export function define(command: Command): void {
  command
    .description('Prints a script for a shell, by which Tab completes commands, options, and resources of the cluster.')
    .addArgument(
      new Argument('<shell>', 'which shell; `resources` lists what is there now').choices([...SHELLS, 'resources']),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (asked: string, _options: unknown, self: Command) => {
      const shell = SHELLS.find((name) => name === asked);
      if (shell === undefined) return printResources(self.optsWithGlobals<NetworkOptions>());
      const program = self.parent;
      if (program === null) return;
      print(
        completionScript(
          shell,
          program.commands.map((each) => wordOf(each, program.options)),
        ).trimEnd(),
      );
    });
}

/** Nobody is told of errors who only pressed Tab. */
async function printResources(options: NetworkOptions): Promise<void> {
  try {
    const known = await withOs(options, async (os) => {
      await seeCluster(os, options, PATIENCE_MS);
      return os.list();
    });
    const names = known.flatMap(({ service, node }) => [service, `${service}@${node}`]);
    const plain = names.filter((name) => /^[\w.@-]+$/.test(name));
    for (const name of [...new Set(plain)].sort()) print(name);
  } catch {
    // There is nothing to offer.
  }
}

const wordOf = (command: Command, shared: readonly Option[]): CommandWord => ({
  name: command.name(),
  about: command.summary(),
  options: [...command.options, ...shared].filter(({ hidden }) => !hidden).map(optionOf),
  commands: command.commands.map((sub) => sub.name()),
  takesResource: OF_RESOURCES.has(command.name()),
});

const optionOf = ({ long, short, description, flags, argChoices, required, optional }: Option): OptionWord => ({
  names: [long, short].filter((name) => typeof name === 'string'),
  about: description,
  value: required || optional ? (/[<[]([^>\]]+)/.exec(flags)?.[1] ?? 'value').replace(/[:\s.[\]]/g, '') : undefined,
  choices: argChoices ?? [],
});
