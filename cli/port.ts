import { PassThrough } from 'node:stream';
import type { Readable, Writable } from 'node:stream';

/** What `@kubernetes/client-node` forwards a port with, as far as it is used here. */
export interface Forwarder {
  portForward(
    namespace: string,
    pod: string,
    ports: number[],
    output: Writable,
    errors: Writable,
    input: Readable,
  ): Promise<{ close(): void } | (() => { close(): void } | null)>;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A pod by its namespace and name. */
export type PodName = readonly [namespace: string, pod: string];

/**
 * Asks a pod over a port that is forwarded by its kubelet, as `kubectl port-forward` does: no policy has to let the API
 * server in. HTTP/1.0, so that the answer ends where the server says so, or where the connection ends.
 *
 * @param parse The answer, once enough of it is there.
 */
export async function askPod(
  forwarder: Forwarder,
  [namespace, pod]: PodName,
  port: number,
  request: string,
  timeoutMs: number,
  parse: (text: string) => Answer | undefined = oneLine,
): Promise<Answer> {
  const [output, errors, input] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const socket = await forwarder.portForward(namespace, pod, [port], output, errors, input);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      let text = '';
      timer = setTimeout(() => reject(new Error(`${pod} did not answer within ${timeoutMs / 1000} s`)), timeoutMs);
      errors.on('data', (chunk) =>
        reject(new Error(`port ${port} of ${pod} cannot be reached: ${String(chunk).trim()}`)),
      );
      output.on('data', (chunk) => {
        text += String(chunk);
        const answer = parse(text);
        if (answer) resolve(answer);
      });
      input.write(`${request} HTTP/1.0\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`);
    });
  } finally {
    clearTimeout(timer);
    (typeof socket === 'function' ? socket() : socket)?.close();
  }
}

/** The answer, once it is there as a whole: one line of JSON, as the agent writes it. */
function oneLine(text: string): Answer | undefined {
  const answer = parts(text);
  return answer?.body.endsWith('\n') ? { ...answer, body: answer.body.trim() } : undefined;
}

/** The status alone: a page may be long. */
export function statusAlone(text: string): Answer | undefined {
  return parts(text);
}

/** A whole JSON object. */
export function wholeJson(text: string): Answer | undefined {
  const answer = parts(text);
  try {
    JSON.parse(answer?.body ?? '');
    return answer;
  } catch {
    return undefined;
  }
}

function parts(text: string): Answer | undefined {
  const [head, body] = text.split('\r\n\r\n', 2);
  const [, status] = /^HTTP\/1\.\d (\d+)/.exec(head ?? '') ?? [];
  return status !== undefined && body !== undefined ? { status: Number(status), body } : undefined;
}
