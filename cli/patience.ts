import { setTimeout as sleep } from 'node:timers/promises';

/** So often it is tried again what the API server did not answer, with two seconds between. */
const TRIES = 10;
const BETWEEN_MS = 2000;

/** A command does not end where the API server is away for some seconds, as during an upgrade: each of its calls is tried again. */
export function patient<T extends object>(cluster: T, between = BETWEEN_MS): T {
  const calls = Object.entries(cluster) as [string, (...args: unknown[]) => Promise<unknown>][];
  return Object.fromEntries(calls.map(([name, call]) => [name, patiently(call, between)])) as T;
}

/** The same for one call. */
export function patiently<A extends unknown[], R>(
  call: (...args: A) => Promise<R>,
  between = BETWEEN_MS,
): (...args: A) => Promise<R> {
  return async (...args) => {
    for (let tries = 1; ; tries++) {
      try {
        return await call(...args);
      } catch (error) {
        if (tries === TRIES || !isPassing(error)) throw error;
        await sleep(between);
      }
    }
  };
}

/** Whether an error may be over in some seconds: no answer, or one of a server that is overloaded or starting. */
function isPassing(error: unknown): boolean {
  const { code, message, cause } = error as { code?: unknown; message?: string; cause?: { signal?: string | null } };
  // Ctrl-C reaches kubectl, too: what gives slices back what they ran must not end by it.
  if (cause?.signal) return true;
  if (typeof code === 'number') return code === 429 || code >= 500;
  const said = `${String(code)} ${message}`;
  return NETWORK.test(said) || OVERLOADED.test(said);
}

const NETWORK =
  /ECONN|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|socket hang up|connection refused|timed? ?out|EOF|connection reset|no route to host/i;
/** As kubectl writes 429 and 5xx. */
const OVERLOADED = /TooManyRequests|ServiceUnavailable|InternalError|currently unable to handle the request/;
