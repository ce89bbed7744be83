import { get, sleep } from './cluster';

export interface Answer {
  readonly sentAt: number;
  readonly endedAt: number;
  /** The name of the pod that answered, undefined where none did. */
  readonly from: string | undefined;
  readonly error?: string;
}

/** A client that asks so many times a second, each time over a new connection, whatever became of those before. */
export class Prober {
  public readonly answers: Answer[] = [];
  private stopped = false;
  private readonly pending = new Set<Promise<void>>();
  private readonly loop: Promise<void>;

  public constructor(
    private readonly url: string,
    private readonly perSecond = 50,
    private readonly timeoutMs = 250,
  ) {
    this.loop = this.ask();
  }

  public async stop(): Promise<Answer[]> {
    this.stopped = true;
    await this.loop;
    await Promise.all(this.pending);
    return this.answers.sort((a, b) => a.sentAt - b.sentAt);
  }

  /** Waits until an answer sent after `since` suits. */
  public async wait(suits: (answer: Answer) => boolean, since: number, seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      if (this.answers.some((answer) => answer.sentAt >= since && suits(answer))) return;
      await sleep(20);
    }
    throw new Error(`no such answer within ${seconds} s`);
  }

  private async ask(): Promise<void> {
    const startedAt = performance.now();
    for (let count = 0; !this.stopped; count++) {
      const due = startedAt + (count * 1000) / this.perSecond - performance.now();
      if (due > 0) await sleep(due);
      const asked = this.once().finally(() => this.pending.delete(asked));
      this.pending.add(asked);
    }
  }

  private async once(): Promise<void> {
    const sentAt = performance.now();
    try {
      const { status, body } = await get(this.url, this.timeoutMs);
      const from = status === 200 ? body : undefined;
      this.answers.push({ sentAt, endedAt: performance.now(), from, ...(from ? {} : { error: `status ${status}` }) });
    } catch (error) {
      this.answers.push({ sentAt, endedAt: performance.now(), from: undefined, error: (error as Error).message });
    }
  }
}

export interface Outage {
  /** From the last good answer before the first bad one to the next good one; 0 where none was bad. */
  readonly seconds: number;
  readonly failed: number;
  /** Bad answers to what was asked after the first good one came. */
  readonly failedLater: number;
  /** How long after the first good answer the last of those was asked. */
  readonly laterForSeconds: number;
  readonly errors: Record<string, number>;
}

export function outage(answers: readonly Answer[]): Outage {
  const bad = answers.filter(({ from }) => from === undefined);
  const firstBad = bad[0];
  if (!firstBad) return { seconds: 0, failed: 0, failedLater: 0, laterForSeconds: 0, errors: {} };
  const good = answers.filter(({ from }) => from !== undefined);
  const last = good.filter(({ sentAt }) => sentAt < firstBad.sentAt).at(-1);
  const next = good.filter(({ sentAt }) => sentAt > firstBad.sentAt).sort((a, b) => a.endedAt - b.endedAt)[0];
  const begin = last?.endedAt ?? firstBad.sentAt;
  const later = next ? bad.filter(({ sentAt }) => sentAt > next.endedAt) : [];
  const errors: Record<string, number> = {};
  for (const { error = '' } of later) errors[error] = (errors[error] ?? 0) + 1;
  return {
    seconds: ((next?.endedAt ?? Infinity) - begin) / 1000,
    failed: bad.length,
    failedLater: later.length,
    laterForSeconds: later.length && next ? (later.at(-1)!.sentAt - next.endedAt) / 1000 : 0,
    errors,
  };
}
