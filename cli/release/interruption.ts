const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Whether the person has ended the command: by Ctrl-C, or with the terminal. A release then goes back, and is not cut off. Nor does the reader
 * of a pipe end it that has seen enough.
 */
export class Interruption {
  private interrupted = false;
  private readonly listeners = process.stdout.listeners('error') as (() => void)[];
  private readonly note = (): void => void (this.interrupted = true);
  private readonly ignore = (): void => undefined;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.note);
    for (const each of this.listeners) process.stdout.off('error', each);
    for (const stream of [process.stdout, process.stderr]) stream.on('error', this.ignore);
  }

  public get happened(): boolean {
    return this.interrupted;
  }

  public end(): void {
    for (const signal of SIGNALS) process.off(signal, this.note);
    for (const stream of [process.stdout, process.stderr]) stream.off('error', this.ignore);
    for (const each of this.listeners) process.stdout.on('error', each);
  }
}
