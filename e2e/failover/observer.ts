import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** One answer of an agent to "are you the active one?", by the machine's monotonic clock, which all processes share. */
export interface Seen {
  readonly pod: string;
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly active: boolean;
  readonly term: number;
}

const ASK = `
const http = require('http');
const agent = new http.Agent({ keepAlive: true });
const now = () => Number(process.hrtime.bigint()) / 1e6;
function ask() {
  const sentAt = now();
  const again = () => setTimeout(ask, 10);
  const request = http.get({ host: '127.0.0.1', port: 7911, path: '/active', agent }, (response) => {
    let body = '';
    response.on('data', (chunk) => (body += chunk)).on('end', () => {
      again();
      // An agent that is killed meanwhile leaves half of an answer, which says nothing.
      if (!response.complete || body === '') return;
      const { active, term } = JSON.parse(body);
      console.log(JSON.stringify({ sentAt, receivedAt: now(), active, term: term ?? 0 }));
    });
    response.on('error', again);
  });
  request.on('error', again);
}
ask();
`;

/** Asks an agent without pause from within its pod's own network, so that no cut comes between. */
export class Observer {
  public readonly seen: Seen[] = [];
  private readonly child: ChildProcess;
  private rest = '';

  public constructor(pod: string, networkOf: number) {
    this.child = spawn('nsenter', ['-t', String(networkOf), '-n', process.execPath, '-e', ASK], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (this.rest + chunk).split('\n');
      this.rest = lines.pop() ?? '';
      for (const line of lines) this.seen.push({ pod, ...(JSON.parse(line) as Omit<Seen, 'pod'>) });
    });
  }

  public stop(): void {
    this.child.kill();
  }
}

/**
 * What a store with fencing would have refused, had each active answer been a write that carries its term: an answer
 * that was asked for after one with a higher term had come, or one of another pod with the same term.
 */
export function overlaps(seen: readonly Seen[]): { readonly late: Seen; readonly after: Seen }[] {
  const active = seen.filter((each) => each.active).sort((a, b) => a.receivedAt - b.receivedAt);
  const found: { late: Seen; after: Seen }[] = [];
  const holders = new Map<number, Seen>();
  let highest: Seen | undefined;
  const byAsking = [...active].sort((a, b) => a.sentAt - b.sentAt);
  let next = 0;
  for (const each of byAsking) {
    while (next < active.length && active[next]!.receivedAt < each.sentAt) {
      const known = active[next++]!;
      if (!highest || known.term > highest.term) highest = known;
    }
    if (highest && highest.term > each.term) found.push({ late: each, after: highest });
    const holder = holders.get(each.term);
    if (holder && holder.pod !== each.pod) found.push({ late: each, after: holder });
    holders.set(each.term, holder ?? each);
  }
  return found;
}
