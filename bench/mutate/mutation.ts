/** A small change of a source file that a test ought to notice. */
export interface Mutation {
  readonly file: string;
  /** Occurs once in the file. */
  readonly from: string;
  readonly to: string;
  /** Patterns of test files, as jest takes them. */
  readonly tests: readonly string[];
}

/** Mutations of one file that the same tests ought to notice, each as the text before and after it. */
export function inFile(
  file: string,
  tests: readonly string[],
  changes: readonly (readonly [from: string, to: string])[],
): Mutation[] {
  return changes.map(([from, to]) => ({ file, tests, from, to }));
}

/** What became of a mutation. */
export interface Outcome extends Mutation {
  /** The first test that failed; undefined where the mutation survived. */
  readonly killedBy: string | undefined;
}

/**
 * The text after the change.
 *
 * @throws where the text to change is missing or is there twice, since the table is then older than the source.
 */
export function mutated({ file, from, to }: Mutation, text: string): string {
  const count = text.split(from).length - 1;
  if (count !== 1) throw new Error(`${file} has ${JSON.stringify(from)} ${count} times; a mutation changes one place`);
  if (from === to) throw new Error(`${file}: the mutation of ${JSON.stringify(from)} changes nothing`);
  return text.replace(from, () => to);
}
