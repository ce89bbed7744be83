/** One line of JSON for each change of state, none for what goes as it should. */
export type Log = (event: string, about?: Readonly<Record<string, unknown>>) => void;

export function logTo(write: (line: string) => void, pod: string): Log {
  return (event, about = {}) => write(JSON.stringify({ time: new Date().toISOString(), pod, event, ...about }) + '\n');
}

/** An error in one line, with what caused it. */
export function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  return error.message || code || error.name;
}
