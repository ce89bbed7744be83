import { parseArgs } from 'node:util';

/** An option of a command, such as `-o`. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** Stands for the value in the help: FILE. */
  readonly value?: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** Whether it may be given several times. */
  readonly multiple?: boolean;
  readonly help: string;
}

/** An argument of a command that is no option. */
export interface Argument {
  /** Stands for it in the help: ROLE. */
  readonly name: string;
  readonly required?: boolean;
  /** Whether it takes all arguments that are left. */
  readonly rest?: boolean;
  readonly choices?: readonly string[];
}

export interface Command {
  readonly name: string;
  /** A line for the list of commands. */
  readonly summary: string;
  /** What it does, in a few sentences. */
  readonly about: string;
  readonly arguments: readonly Argument[];
  readonly options: Readonly<Record<string, Option>>;
  readonly examples: readonly string[];
  /** The exit code where it fails. @default 1 */
  readonly failure?: number;
  /** Returns the exit code: 0, where it returns nothing. */
  run(call: Call): Promise<number | void>;
}

/** Where a command writes to, and whom it can ask. */
export interface Streams {
  /** Writes to the standard output. */
  out(text: string): void;
  /** Writes to the standard error: notes and errors, so that the output can be read by a program. */
  err(text: string): void;
  /** Asks the person at the terminal; undefined where there is none. */
  readonly ask?: (question: string) => Promise<string>;
}

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {}

/** A command with what was written after its name. */
export class Call {
  constructor(
    public readonly args: readonly string[],
    private readonly values: Readonly<Record<string, unknown>>,
    public readonly streams: Streams,
  ) {}

  public has(option: string): boolean {
    return this.values[option] === true;
  }

  public text(option: string): string | undefined {
    return this.texts(option)[0];
  }

  public texts(option: string): string[] {
    const value = this.values[option];
    return value === undefined ? [] : ([value].flat() as string[]);
  }

  /** Whether nothing is to be changed. */
  public get isDryRun(): boolean {
    return this.has('dry-run');
  }

  public readonly say = (line: string): void => this.streams.out(`${line}\n`);

  public readonly note = (line: string): void => this.streams.err(`${line}\n`);

  /** Asks before something is changed, unless -y is given or nobody is there to answer. */
  public async confirm(question: string): Promise<void> {
    if (this.has('yes') || this.isDryRun || !this.streams.ask) return;
    const answer = await this.streams.ask(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new Error('nothing was changed');
  }
}

/** Reads the arguments of a command. */
export function parseCall(command: Command, args: readonly string[], streams: Streams): Call {
  const { values, positionals } = parsed(command, args);
  for (const [name, { choices }] of Object.entries(command.options)) {
    for (const value of [values[name] ?? []].flat()) checkChoice(`--${name}`, value as string, choices);
  }
  checkArguments(command, positionals);
  return new Call(positionals, values, streams);
}

function parsed(command: Command, args: readonly string[]) {
  try {
    return parseArgs({ args: args.map(withoutMode), options: optionsOf(command.options), allowPositionals: true });
  } catch (error) {
    // The parser's second sentence tells how to write an argument that begins with a dash, which none does here.
    const [said = ''] = (error as Error).message.split(/\. (?=To specify)/);
    throw new UsageError(`${said[0]?.toLowerCase()}${said.slice(1).replace(/\.$/, '')}`, { cause: error });
  }
}

/** kubectl writes `--dry-run=server`: that is how it is done here. */
function withoutMode(arg: string): string {
  return arg === '--dry-run=server' ? '--dry-run' : arg;
}

export function optionsOf(options: Readonly<Record<string, Option>>) {
  return Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple = false }]) => [
      name,
      { type, multiple, ...(short !== undefined && { short }) },
    ]),
  );
}

function checkArguments(command: Command, given: readonly string[]): void {
  const wanted = command.arguments;
  const lacking = wanted.find(({ required }, index) => required && given[index] === undefined);
  if (lacking) throw new UsageError(`${lacking.name} is missing`);
  const surplus = wanted.some(({ rest }) => rest) ? undefined : given[wanted.length];
  if (surplus !== undefined) throw new UsageError(`unexpected argument '${surplus}'`);
  wanted.forEach(({ name, choices }, index) => {
    if (given[index] !== undefined) checkChoice(name, given[index], choices);
  });
}

function checkChoice(name: string, value: string, choices: readonly string[] | undefined): void {
  if (choices && !choices.includes(value))
    throw new UsageError(`'${value}' is not a value of ${name}; write one of ${choices.join(', ')}`);
}
