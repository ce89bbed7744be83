import * as http from 'node:http';
import type { Answer, Ask } from './leader';

export interface Answers {
  healthy(): boolean;
  active(): { readonly active: boolean; readonly term: number | undefined; readonly pod: string };
  handOver(): Promise<{ readonly done: boolean }>;
  switchOver(): Promise<{ readonly done: boolean }>;
  status(): Promise<object>;
  answer(ask: Ask): Answer;
  metrics(): Promise<string>;
}

/**
 * What the agent answers: to the kubelet (/healthz; /handover, a GET as hooks know no other), to its engine (/active), to
 * its peer, to an operator (/switchover) and to Prometheus.
 */
export function serve(answers: Answers): http.Server {
  const server = http.createServer((request, response) => {
    const say = (status: number, body: object | string) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body) + '\n';
      response.writeHead(status, {
        'content-type': typeof body === 'string' ? 'text/plain; version=0.0.4' : 'application/json',
      });
      response.end(text);
    };
    route(answers, request, say).catch((error: unknown) => say(500, { error: String(error) }));
  });
  server.keepAliveTimeout = 5_000;
  return server;
}

type Say = (status: number, body: object | string) => void;

async function route(answers: Answers, request: http.IncomingMessage, say: Say): Promise<void> {
  switch (`${request.method} ${request.url?.split('?')[0]}`) {
    case 'GET /healthz':
      return answers.healthy() ? say(200, { healthy: true }) : say(503, { healthy: false });
    case 'GET /active': {
      const answer = answers.active();
      return say(answer.active ? 200 : 503, answer);
    }
    case 'GET /handover': {
      const result = await answers.handOver();
      return say(result.done ? 200 : 503, result);
    }
    case 'POST /switchover': {
      const result = await answers.switchOver();
      return say(result.done ? 200 : 503, result);
    }
    case 'GET /peer':
      return say(200, await answers.status());
    case 'POST /peer': {
      const ask = await read(request);
      return ask
        ? say(200, answers.answer(ask))
        : say(400, { error: 'the question must be json with a holder and a term' });
    }
    case 'GET /metrics':
      return say(200, await answers.metrics());
    default:
      return say(404, { error: 'nothing is here' });
  }
}

async function read(request: http.IncomingMessage): Promise<Ask | undefined> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > 4096) return undefined;
  }
  try {
    const { holder, term, again = false } = JSON.parse(text) as Partial<Ask>;
    return typeof holder === 'string' && typeof term === 'number' ? { holder, term, again } : undefined;
  } catch {
    return undefined;
  }
}
