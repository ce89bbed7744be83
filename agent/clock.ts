/** Time and timers, so that tests can drive them. */
export interface Clock {
  /** Milliseconds of a clock that never steps, and runs on while the process is stopped. */
  now(): number;
  /** Calls back once; returns what cancels it. */
  after(ms: number, then: () => void): () => void;
}

/** CLOCK_MONOTONIC: changing the time of day does not move it. */
export const monotonicClock: Clock = {
  now: () => performance.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};

/** Within a tenth of `ms`, so that two agents do not keep step. */
export function jittered(ms: number): number {
  return ms * (0.9 + Math.random() * 0.2);
}

/** Resolves after `ms`. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}
