/** What a container gets of its manifest. */

/**
 * Kubernetes' third_party/forked/golang/expansion, which the kubelet applies to `command`, `args` and the values of `env`. It works
 * on bytes, and makes a character of each byte that it looks at: so a `$` before a letter outside ASCII breaks that letter.
 */
export function expand(text: string, variables: Record<string, string>): string {
  const input = Buffer.from(text);
  const written: Buffer[] = [];
  let checkpoint = 0;
  for (let cursor = 0; cursor < input.length; cursor++) {
    if (input[cursor] !== DOLLAR || cursor + 1 >= input.length) continue;
    written.push(input.subarray(checkpoint, cursor));
    const [read, isVariable, advance] = tryReadVariableName(input.subarray(cursor + 1));
    written.push(Buffer.from(isVariable ? (variables[read] ?? `$(${read})`) : read));
    cursor += advance;
    checkpoint = cursor + 1;
  }
  return Buffer.concat([...written, input.subarray(checkpoint)]).toString();
}

const DOLLAR = 0x24;

function tryReadVariableName(input: Buffer): [read: string, isVariable: boolean, advance: number] {
  const first = input[0] as number;
  if (first === DOLLAR) return ['$', false, 1];
  if (first !== 0x28) return [`$${String.fromCharCode(first)}`, false, 1];
  const end = input.indexOf(0x29);
  return end < 0 ? ['$(', false, 1] : [input.toString('utf8', 1, end), true, end + 1];
}

/** The environment that a container's program has: each variable may refer to those before it. */
export function environmentOf(env: { name: string; value?: string }[] = []): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { name, value } of env) if (value !== undefined) variables[name] = expand(value, variables);
  return variables;
}

/** The arguments that a container's program has. */
export function argumentsOf(words: string[] = [], variables: Record<string, string> = {}): string[] {
  return words.map((word) => expand(word, variables));
}
