import type { Answer } from '../failover/prober';

/** A page that takes longer counts as slow. */
export const SLOW_MS = 1_500;

/** What the clients of a site saw of a loss. */
export interface Harm {
  readonly asked: number;
  readonly failed: number;
  /** Good answers that took longer than `SLOW_MS`. */
  readonly slow: number;
  /** From the loss until the last page was asked for that failed or was slow, in seconds. */
  readonly badForSeconds: number;
  /** The longest answer, good or bad, in seconds. */
  readonly longestSeconds: number;
  /** Pages that failed although asked for 3 s after the loss or later. */
  readonly failedLater: number;
  readonly errors: Readonly<Record<string, number>>;
}

export function harm(answers: readonly Answer[], lossAt: number): Harm {
  const took = ({ sentAt, endedAt }: Answer) => endedAt - sentAt;
  // A page that was under way as the loss came belongs to it.
  const after = answers.filter(({ endedAt }) => endedAt >= lossAt);
  const failed = after.filter(({ from }) => from === undefined);
  const slow = after.filter((each) => each.from !== undefined && took(each) > SLOW_MS);
  const errors: Record<string, number> = {};
  for (const { error = '' } of failed) errors[error] = (errors[error] ?? 0) + 1;
  const lastBad = Math.max(lossAt, ...[...failed, ...slow].map(({ sentAt }) => sentAt));
  return {
    asked: after.length,
    failed: failed.length,
    slow: slow.length,
    badForSeconds: Math.round(lastBad - lossAt) / 1000,
    longestSeconds: Math.round(Math.max(0, ...after.map(took))) / 1000,
    failedLater: failed.filter(({ sentAt }) => sentAt >= lossAt + 3_000).length,
    errors,
  };
}
