/**
 * What a shell offers when Tab is pressed, as a script for bash, zsh or fish: made from the very commands and options that
 * there are. Names of resources are asked of the cluster while one types, by `tdos completions resources`.
 *
 * @module
 */

/** One option: `--port <port>`. */
export interface OptionWord {
  /** `--port`, and `-p` where there is one. */
  readonly names: readonly string[];
  readonly about: string;
  /** What its value is called; undefined for a flag. */
  readonly value: string | undefined;
  /** The values that it takes; empty where any will do. */
  readonly choices: readonly string[];
}

export interface CommandWord {
  readonly name: string;
  readonly about: string;
  readonly options: readonly OptionWord[];
  /** Its own commands, as `log` has. */
  readonly commands: readonly string[];
  /** Its first argument names a resource of the cluster, or a service. */
  readonly takesResource: boolean;
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The script for a shell. */
export function completionScript(shell: Shell, commands: readonly CommandWord[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands);
}

const RESOURCES = 'tdos completions resources 2>/dev/null';
const wordsOf = ({ options, commands }: CommandWord): string =>
  [...commands, ...options.flatMap(({ names }) => names)].join(' ');

function bashScript(commands: readonly CommandWord[]): string {
  const cases = commands.map((command) => {
    const resources = command.takesResource ? `; [[ $word == -* ]] || words+=" $(${RESOURCES})"` : '';
    return `    ${command.name}) words='${wordsOf(command)}'${resources} ;;`;
  });
  const values = new Map(
    commands.flatMap(({ options }) =>
      options
        .filter(({ choices }) => choices.length > 0)
        .map(({ names, choices }) => [names.join('|'), choices.join(' ')]),
    ),
  );
  const choices = [...values].map(([names, words]) => `    ${names}) words='${words}' ;;`);
  return `# Completions of tdos for bash. In ~/.bashrc:  eval "$(tdos completions bash)"
_tdos() {
  local line=\${COMP_LINE:0:COMP_POINT} part=\${COMP_WORDS[COMP_CWORD]} command='' words='' i
  local word=\${line##* }
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} != -* ]]; then command=\${COMP_WORDS[i]}; break; fi
  done
  case $command in
    '') words='${commands.map(({ name }) => name).join(' ')}' ;;
${cases.join('\n')}
  esac
  case \${COMP_WORDS[COMP_CWORD-1]} in
${choices.join('\n')}
  esac
  # An @ parts words for bash, and does not for us.
  local head=\${word%"$part"}
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  COMPREPLY=("\${COMPREPLY[@]#"$head"}")
}
complete -o default -F _tdos tdos
`;
}

function zshScript(commands: readonly CommandWord[]): string {
  const told = (text: string): string => text.replace(/'/g, '’').replace(/[[\]:\\]/g, (char) => `\\${char}`);
  const optionText = ({ names, about, value, choices }: OptionWord): string[] =>
    names.map((name) => {
      const after = value === undefined ? '' : `:${value}:${choices.length > 0 ? `(${choices.join(' ')})` : ''}`;
      return `'${name}[${told(about)}]${after}'`;
    });
  const cases = commands.map((command) => {
    const first = command.takesResource
      ? "'1:resource:_tdos_resources'"
      : command.commands.length > 0
        ? `'1:command:(${command.commands.join(' ')})'`
        : '';
    const specs = [first, "'*:file:_files'", ...command.options.flatMap(optionText)].filter((spec) => spec !== '');
    return `    ${command.name}) _arguments ${specs.join(' ')} ;;`;
  });
  return `#compdef tdos
# Completions of tdos for zsh. In a folder of $fpath:  tdos completions zsh > _tdos
_tdos_resources() {
  local -a resources
  resources=(\${(f)"$(${RESOURCES})"})
  compadd -a resources
}
_tdos() {
  local -a commands
  commands=(
${commands.map(({ name, about }) => `    '${name}:${told(about)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _tdos ]]; then _tdos "$@"; else compdef _tdos tdos; fi
`;
}

function fishScript(commands: readonly CommandWord[]): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, (char) => `\\${char}`)}'`;
  const nameText = (name: string): string => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`);
  const optionText = (command: string, { names, about, value, choices }: OptionWord): string => {
    const values = choices.length > 0 ? ` -xa ${quoted(choices.join(' '))}` : value === undefined ? '' : ' -r';
    const when = `-n '__fish_seen_subcommand_from ${command}'`;
    return `complete -c tdos ${when} ${names.map(nameText).join(' ')} -d ${quoted(about)}${values}`;
  };
  return [
    '# Completions of tdos for fish:  tdos completions fish > ~/.config/fish/completions/tdos.fish',
    'complete -c tdos -f',
    ...commands.map(({ name, about }) => `complete -c tdos -n __fish_use_subcommand -a ${name} -d ${quoted(about)}`),
    ...commands.flatMap((command) => [
      ...(command.takesResource
        ? [`complete -c tdos -n '__fish_seen_subcommand_from ${command.name}' -a '(${RESOURCES})'`]
        : []),
      ...command.commands.map((sub) => `complete -c tdos -n '__fish_seen_subcommand_from ${command.name}' -a ${sub}`),
      ...command.options.map((option) => optionText(command.name, option)),
    ]),
    '',
  ].join('\n');
}
