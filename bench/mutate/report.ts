import type { Outcome } from './mutation';
import { MUTATIONS } from './table';

/** A run, as bench/mutations.json has it. */
export interface Run {
  readonly date: string;
  readonly commit: string;
  readonly outcomes: readonly Outcome[];
}

/** The text of bench/mutate.md. */
export function report({ date, commit, outcomes }: Run): string {
  const survivors = outcomes.filter(({ killedBy }) => killedBy === undefined);
  const rows = outcomes.map(({ file, from, to, killedBy }) => [
    `\`${file}\``,
    `${code(from)} → ${code(to)}`,
    killedBy === undefined ? '**none**' : cell(killedBy),
  ]);
  return `# Which small mistakes the tests notice

Written by \`npm run mutate\` from bench/mutations.json. Each line is a small mistake that was made in a copy of the repository on ${date},
at commit ${commit}, and the first test that failed. Tests that compare with a committed file (\`dist\`, snapshots) were left out,
since they notice any change.

${outcomes.length} of the ${MUTATIONS.length} mistakes in bench/mutate, ${survivors.length} of them unnoticed.

| file | mistake | noticed by |
| ---- | ------- | ---------- |
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}

function code(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line === '' ? 'nothing' : `\`${cell(line)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
