import * as http from 'node:http';
import { SIGNATURE } from './channel';
import type { Channel, Signed } from './channel';
import { BOUNDS, boundConnections, isLocal } from './connections';
import type { Answer, Ask } from './leader';

export interface Answers {
  healthy(): boolean;
  active(): { readonly active: boolean; readonly term: number | undefined; readonly pod: string };
  switchOver(): Promise<{ readonly done: boolean }>;
  status(): Promise<object>;
  answer(ask: Ask): Answer;
  metrics(): Promise<string>;
}

/** The longest question, in bytes. */
const LONGEST = 4_096;

/**
 * What the agent answers: to the kubelet (/healthz), to its engine (/active), to its peer, to an operator (/switchover) and to
 * Prometheus. Nothing that comes over the network is an order: a peer's question carries a signature, and an order comes from the
 * pod itself. Without a channel, no peer is answered.
 */
export function serve(answers: Answers, channel?: Channel): http.Server {
  const server = http.createServer(BOUNDS, (request, response) => {
    const say: Say = (status, body, headers = {}) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body) + '\n';
      const type = typeof body === 'string' ? 'text/plain; version=0.0.4' : 'application/json';
      response.writeHead(status, { 'content-type': type, ...headers }).end(text);
    };
    response.on('error', () => undefined);
    route(answers, channel, request, say).catch((error: unknown) => say(500, { error: String(error) }));
  });
  boundConnections(server);
  return server;
}

type Say = (status: number, body: object | string, headers?: Record<string, string>) => void;

async function route(
  answers: Answers,
  channel: Channel | undefined,
  request: http.IncomingMessage,
  say: Say,
): Promise<void> {
  switch (`${request.method} ${request.url?.split('?')[0]}`) {
    case 'GET /healthz':
      return answers.healthy() ? say(200, { healthy: true }) : say(503, { healthy: false });
    case 'GET /active': {
      const answer = answers.active();
      return say(answer.active ? 200 : 503, answer);
    }
    case 'GET /peer':
      return isLocal(request) ? say(200, await answers.status()) : say(403, FROM_WITHIN);
    case 'POST /switchover': {
      if (!isLocal(request)) return say(403, FROM_WITHIN);
      const result = await answers.switchOver();
      return say(result.done ? 200 : 503, result);
    }
    case 'POST /peer':
      return toPeer(answers, channel, request, say);
    case 'GET /metrics':
      return say(200, await answers.metrics());
    default:
      return say(404, { error: 'nothing is here' });
  }
}

const FROM_WITHIN = { error: 'it is answered to the pod itself alone, and to a port that the kubelet forwards' };

async function toPeer(
  answers: Answers,
  channel: Channel | undefined,
  request: http.IncomingMessage,
  say: Say,
): Promise<void> {
  const text = await read(request);
  if (text === undefined) return say(413, { error: `a question has at most ${LONGEST} bytes` });
  const signature = String(request.headers[SIGNATURE] ?? '');
  const answer = await answerPeer(answers, channel, { text, signature });
  if (typeof answer === 'string') say(403, { error: answer });
  else say(200, answer.text, { [SIGNATURE]: answer.signature });
}

/** The signed answer to a peer's question, or why it gets none. */
export async function answerPeer(
  answers: Answers,
  channel: Channel | undefined,
  { text, signature }: Signed,
): Promise<Signed | string> {
  if (!channel) return 'this agent has no key';
  const question = channel.read(text, signature);
  if (typeof question === 'string') return question;
  return channel.answer(question, question.ask ? answers.answer(question.ask) : await answers.status());
}

async function read(request: http.IncomingMessage): Promise<string | undefined> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > LONGEST) return undefined;
  }
  return text;
}
