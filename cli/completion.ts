import { Command, Option } from './command';

/** The shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Tells the program to print what may be written next, a line each. The scripts of the shells call it. */
export const COMPLETE = '__complete';

/**
 * What may be written as the last of these words, which may be begun. Nothing where the shell itself knows better, such as the
 * names of files.
 */
export function candidates(commands: readonly Command[], words: readonly string[]): string[] {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = commands.find(({ name }) => before.includes(name));
  return known(commands, command, before, current).filter((each) => each.startsWith(current));
}

function known(
  commands: readonly Command[],
  command: Command | undefined,
  before: readonly string[],
  current: string,
): readonly string[] {
  if (!command) return current.startsWith('-') ? ['--help', '--version'] : commands.map(({ name }) => name);
  const options = Object.entries(command.options);
  const open = options.find(([name, option]) => isSpelled(before.at(-1), name, option) && option.type === 'string');
  if (open) return open[1].choices ?? [];
  if (current.startsWith('-')) return options.map(([name]) => `--${name}`);
  const after = before.slice(before.indexOf(command.name) + 1);
  const takesValue = (word: string | undefined) =>
    options.some(([name, option]) => option.type === 'string' && isSpelled(word, name, option));
  const written = after.filter((each, index) => !each.startsWith('-') && !takesValue(after[index - 1]));
  return command.arguments[written.length]?.choices ?? [];
}

function isSpelled(word: string | undefined, name: string, { short }: Option): boolean {
  return word === `--${name}` || (short !== undefined && word === `-${short}`);
}

/** The script by which a shell completes a program's command line. */
export function completionScript(shell: (typeof SHELLS)[number], program: string): string {
  return SCRIPTS[shell](program, `_${program.replaceAll(/\W/g, '_')}`);
}

const SCRIPTS: Record<(typeof SHELLS)[number], (program: string, name: string) => string> = {
  bash: (program, name) => `${name}() {
  local IFS=$'\\n'
  COMPREPLY=($(${program} ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o bashdefault -o default -F ${name} ${program}
`,
  zsh: (program, name) => `#compdef ${program}
${name}() {
  local -a found
  found=("\${(@f)$(${program} ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- $found; else _files; fi
}
compdef ${name} ${program}
`,
  fish: (program, name) => `function ${name}
  set -l words (commandline -opc) (commandline -ct)
  ${program} ${COMPLETE} $words[2..-1] 2>/dev/null
end
complete -c ${program} -a '(${name})'
`,
};
