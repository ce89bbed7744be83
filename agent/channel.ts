import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Ask } from './leader';

/** The header that proves that a message comes from an agent of the pair. */
export const SIGNATURE = 'x-heartbeat-signature';

/** A question of one agent to another: for a peer's agreement where it has `ask`, for its status otherwise. */
export interface Question {
  /** `NAMESPACE/LEASE`. */
  readonly pair: string;
  /** The pod that is asked: an address may be another pod's by now. */
  readonly to: string;
  /** Comes back in the answer, so that no answer to an earlier question is taken for it. */
  readonly nonce: string;
  /** The sender's monotonic clock, which grows with each question of one process. */
  readonly sentAt: number;
  readonly ask?: Ask;
}

/** A text and what proves where it comes from. */
export interface Signed {
  readonly text: string;
  readonly signature: string;
}

/**
 * What the agents of a pair say to each other: every message is signed with a key that only they have, and names the pair and the
 * pod that it is for. A network policy is the second wall.
 */
export class Channel {
  /** The time of the last question of each process that asked for an agreement. */
  private readonly last = new Map<string, number>();

  public constructor(
    private readonly pair: string,
    private readonly pod: string,
    /** The keys that are good now, the one to use first. */
    private readonly keys: () => readonly string[],
    private readonly now: () => number,
  ) {}

  public question(to: string, ask?: Ask): Signed & { readonly question: Question } {
    const nonce = randomBytes(12).toString('hex');
    const question = { pair: this.pair, to, nonce, sentAt: this.now(), ...(ask && { ask }) };
    const text = JSON.stringify(question);
    return { question, text, signature: this.sign('question', text) };
  }

  /** The question, or why it is not answered. */
  public read(text: string, signature: string | undefined): Question | string {
    if (!this.isSigned('question', text, signature)) return 'the question is not signed with the key of this pair';
    const question = JSON.parse(text) as Question;
    if (question.pair !== this.pair || question.to !== this.pod) return `this is ${this.pod} of ${this.pair}`;
    const { ask, sentAt } = question;
    if (ask && sentAt <= (this.last.get(ask.holder) ?? -Infinity)) return 'the question is an old one';
    if (ask) this.remember(ask.holder, sentAt);
    return question;
  }

  /** One process at a time holds the Lease: a few are enough to refuse what was asked before. */
  private remember(holder: string, sentAt: number): void {
    this.last.delete(holder);
    this.last.set(holder, sentAt);
    for (const oldest of this.last.keys()) if (this.last.size > 8) this.last.delete(oldest);
  }

  public answer({ nonce }: Question, content: object): Signed {
    const text = JSON.stringify({ pair: this.pair, pod: this.pod, nonce, content });
    return { text, signature: this.sign('answer', text) };
  }

  /** What was answered. Fails where the answer is not that of the pod that was asked. */
  public open({ nonce, to }: Question, text: string, signature: string | undefined): unknown {
    if (!this.isSigned('answer', text, signature))
      throw new Error('the answer is not signed with the key of this pair');
    const answer = JSON.parse(text) as { pair: string; pod: string; nonce: string; content: unknown };
    if (answer.pair !== this.pair || answer.pod !== to || answer.nonce !== nonce)
      throw new Error('the answer is one to another question');
    return answer.content;
  }

  /** With each key, as the other pod may not have the newest one yet. */
  private sign(kind: string, text: string): string {
    return this.keys()
      .map((key) => mac(key, kind, text))
      .join(',');
  }

  private isSigned(kind: string, text: string, signature = ''): boolean {
    const given = signature.split(',').slice(0, 4);
    return this.keys().some((key) => given.some((each) => same(each, mac(key, kind, text))));
  }
}

function mac(key: string, kind: string, text: string): string {
  return createHmac('sha256', key).update(`${kind}\n${text}`).digest('hex');
}

function same(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
