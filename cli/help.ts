import { Argument, Command, Option } from './command';

/** The help of the program: its commands, a line each. */
export function helpOf(program: string, commands: readonly Command[]): string {
  return [
    'Runs sites of cdk8s-slices on a cluster.',
    '',
    `Usage: ${program} COMMAND [ARGUMENTS] [OPTIONS]`,
    '',
    'Commands:',
    ...aligned(commands.map(({ name, summary }) => [name, summary])),
    '',
    `'${program} COMMAND --help' explains a command; --version prints the version.`,
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong command line.',
    '',
  ].join('\n');
}

/** The help of a command: usage, arguments, options and examples. */
export function helpOfCommand(program: string, command: Command): string {
  return [
    command.about,
    '',
    `Usage: ${usageOf(program, command)}`,
    '',
    'Options:',
    ...aligned(Object.entries(command.options).map(([name, option]) => [spelled(name, option), helpOfOption(option)])),
    ...(command.examples.length > 0 ? ['', 'Examples:'] : []),
    ...command.examples.map((each) => `  ${program} ${each}`),
    '',
  ].join('\n');
}

export function usageOf(program: string, { name, arguments: args }: Command): string {
  return [program, name, ...args.map(written), '[OPTIONS]'].join(' ');
}

function written({ name, required, rest }: Argument): string {
  const text = rest ? `${name}...` : name;
  return required ? text : `[${text}]`;
}

function spelled(name: string, { short, value }: Option): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function helpOfOption({ help, choices }: Option): string {
  return choices ? `${help} One of ${choices.join(', ')}.` : help;
}

function aligned(rows: string[][]): string[] {
  const width = Math.max(...rows.map(([first = '']) => first.length));
  return rows.map(([first = '', second = '']) => `  ${first.padEnd(width)}  ${second}`);
}
