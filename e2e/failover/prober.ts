import { get, sleep } from './cluster';

export interface Answer {
  readonly sentAt: number;
  readonly endedAt: number;
  /** The name of the pod that answered, undefined where none did. */
  readonly from: string | undefined;
  readonly error?: string;
}

/**
 * The ports that connections are made from, below those that the system gives out itself. Each is used again after minutes: for
 * two minutes a node remembers where it sent a connection that was not answered, and sends the next one from the same port
 * there again, to a pod that is dead by then, or to whoever has its address.
 */
const PORTS = { first: 13_000, count: 19_000 };
const TAKEN = ['EADDRINUSE', 'EADDRNOTAVAIL'];

/** A client that asks so many times a second, each time over a new connection, whatever became of those before. */
export class Prober {
  public readonly answers: Answer[] = [];
  private stopped = false;
  /** By the time of day, so that the next client goes on where this one ends. */
  private turn: number;
  private readonly pending = new Set<Promise<void>>();
  private readonly loop: Promise<void>;

  public constructor(
    private readonly url: string,
    private readonly perSecond = 50,
    private readonly timeoutMs = 250,
  ) {
    this.turn = Math.floor((Date.now() / 1000) * this.perSecond);
    this.loop = this.askAlways();
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

  private async askAlways(): Promise<void> {
    const startedAt = performance.now();
    for (let count = 0; !this.stopped; count++) {
      const due = startedAt + (count * 1000) / this.perSecond - performance.now();
      if (due > 0) await sleep(due);
      const asked = this.once().finally(() => this.pending.delete(asked));
      this.pending.add(asked);
    }
  }

  /** Asks from the port whose turn it is, or the next one that nothing else asks the same address from. */
  private async ask(): Promise<{ status: number; body: string }> {
    for (;;) {
      try {
        return await get(this.url, this.timeoutMs, { localPort: PORTS.first + (this.turn++ % PORTS.count) });
      } catch (error) {
        if (!TAKEN.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      }
    }
  }

  private async once(): Promise<void> {
    const sentAt = performance.now();
    try {
      const { status, body } = await this.ask();
      const from = status === 200 ? body : undefined;
      this.answers.push({ sentAt, endedAt: performance.now(), from, ...(from ? {} : { error: `status ${status}` }) });
    } catch (error) {
      this.answers.push({ sentAt, endedAt: performance.now(), from: undefined, error: (error as Error).message });
    }
  }
}

export interface Outage {
  /** The longest time from one good answer to the next, where any was bad in between. */
  readonly seconds: number;
  readonly failed: number;
  /** Bad answers to what was asked after that. */
  readonly failedLater: number;
  /** How long after that the last of those was asked. */
  readonly laterForSeconds: number;
  readonly errors: Record<string, number>;
  /** Seconds from the first good answer to when each of those was asked. */
  readonly laterAt: readonly number[];
}

export function outage(answers: readonly Answer[]): Outage {
  const bad = answers.filter(({ from }) => from === undefined);
  const good = answers.filter(({ from }) => from !== undefined).sort((a, b) => a.endedAt - b.endedAt);
  let [begin, end] = [0, 0];
  for (const [index, next] of good.entries()) {
    const last = good[index - 1];
    const failed = last && bad.some(({ sentAt }) => sentAt > last.sentAt && sentAt < next.endedAt);
    if (last && failed && next.endedAt - last.endedAt > end - begin) [begin, end] = [last.endedAt, next.endedAt];
  }
  // None came back: as long as it was asked.
  const lastGood = good.at(-1)?.endedAt ?? answers[0]?.sentAt ?? 0;
  const lastAsked = answers.at(-1)?.sentAt ?? 0;
  if (bad.length > 0 && lastAsked - lastGood > end - begin) [begin, end] = [lastGood, lastAsked];
  const later = bad.length > 0 && end > begin ? bad.filter(({ sentAt }) => sentAt > end) : [];
  const errors: Record<string, number> = {};
  for (const { error = '' } of later) errors[error] = (errors[error] ?? 0) + 1;
  return {
    seconds: (end - begin) / 1000,
    failed: bad.length,
    failedLater: later.length,
    laterForSeconds: later.length > 0 ? (later.at(-1)!.sentAt - end) / 1000 : 0,
    errors,
    laterAt: later.map(({ sentAt }) => Math.round(sentAt - end) / 1000),
  };
}
