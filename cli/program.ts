import { parseArgs } from 'node:util';
import { version } from '../package.json';
import { Command, Streams, UsageError, optionsOf, parseCall } from './command';
import { COMMANDS } from './commands';
import { COMPLETE, candidates } from './completion';
import { explained } from './errors';
import { helpOf, helpOfCommand, usageOf } from './help';

/**
 * Runs the command that the arguments name, and returns the exit code: 0 done, 1 failed, 2 wrong command line.
 *
 * Commands that compare have codes of their own, which their help tells.
 */
export async function runProgram(program: string, argv: readonly string[], streams: Streams): Promise<number> {
  if (argv[0] === COMPLETE) return complete(argv.slice(1), streams);
  const { name, args, first } = split(argv);
  if (name === undefined || name === 'help') return overview(program, first, args[0], streams);
  const command = COMMANDS.find((each) => each.name === name);
  if (!command) return wrong(program, `unknown command '${name}'`, `run '${program} --help' for the commands`, streams);
  try {
    if (args.includes('--help') || args.includes('-h')) {
      streams.out(helpOfCommand(program, command));
      return 0;
    }
    return (await command.run(parseCall(command, args, streams))) ?? 0;
  } catch (error) {
    if (error instanceof UsageError)
      return wrong(program, error.message, `usage: ${usageOf(program, command)}`, streams);
    streams.err(`${program}: ${explained(error)}\n`);
    return command.failure ?? 1;
  }
}

function overview(program: string, first: readonly string[], topic: string | undefined, streams: Streams): number {
  if (first.includes('--version')) {
    streams.out(`${version}\n`);
    return 0;
  }
  const unknown = first.find((each) => each.startsWith('-') && each !== '--help' && each !== '-h');
  if (unknown !== undefined) return wrong(program, `unknown option '${unknown}'`, `run '${program} --help'`, streams);
  const command = COMMANDS.find(({ name }) => name === topic);
  streams.out(command ? helpOfCommand(program, command) : helpOf(program, COMMANDS));
  return 0;
}

function wrong(program: string, what: string, instead: string, streams: Streams): number {
  streams.err(`${program}: ${what}\n${instead}\n`);
  return 2;
}

function complete(words: readonly string[], streams: Streams): number {
  streams.out(
    candidates(COMMANDS, words)
      .map((each) => `${each}\n`)
      .join(''),
  );
  return 0;
}

/** The command's name, which options may stand before, as with kubectl. */
function split(argv: readonly string[]): { name: string | undefined; args: string[]; first: readonly string[] } {
  const options = Object.assign({}, ...COMMANDS.map((command: Command) => optionsOf(command.options))) as ReturnType<
    typeof optionsOf
  >;
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const name = tokens.find(({ kind }) => kind === 'positional');
  if (name === undefined) return { name: undefined, args: [], first: argv };
  return {
    name: argv[name.index],
    args: argv.filter((_, index) => index !== name.index),
    first: argv.slice(0, name.index),
  };
}
