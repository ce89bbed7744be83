import { stringify } from 'yaml';

/** What a command found: as data for programs, and as rows for people. */
export interface Found {
  readonly data: object;
  readonly lines: string[];
}

/** In the format that -o names; lines where it names none. */
export function printed(format: string | undefined, { data, lines }: Found): string {
  if (format === 'json') return `${JSON.stringify(data, undefined, 2)}\n`;
  if (format === 'yaml') return stringify(data);
  return lines.map((line) => `${line}\n`).join('');
}

/** Rows as lines, in columns as wide as their widest cell. */
export function columns(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((each) => each[index]?.length ?? 0)));
  return rows.map((each) =>
    each
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
