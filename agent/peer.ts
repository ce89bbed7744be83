import * as http from 'node:http';
import type { Place } from './config';
import type { Answer, Ask } from './leader';
import type { Peers } from './lock';
import { told } from './log';

/** What an agent tells of itself. */
export interface Status {
  readonly pod: string;
  readonly phase: Phase;
  readonly term: number | undefined;
  /** Whether it could take over now. */
  readonly ready: boolean;
  /** Why, or why not. */
  readonly why: string;
  /** Whether its engine works. */
  readonly well: boolean;
  /** About to stop. */
  readonly leaving: boolean;
  /** Whether it may be read from, as a standby. */
  readonly readable: boolean;
  /** What its engine says of itself. */
  readonly note: string | undefined;
  /** Where it makes what only reads lead, as the active one. */
  readonly readers: readonly string[];
  /** The term in which it last made traffic lead to the pods it names. */
  readonly pointed: { readonly term: number; readonly pods: readonly string[] } | undefined;
}

export type Phase = 'standby' | 'promoting' | 'active' | 'demoting';

/** The agents of the other pods, asked directly. */
export class HttpPeers implements Peers {
  public constructor(
    private readonly port: number,
    /** Every other pod's name: all must agree, so one whose address is not known is a refusal. */
    private readonly names: readonly string[],
    private readonly known: () => readonly Place[],
  ) {}

  public async agree(ask: Ask, timeoutMs: number): Promise<Answer> {
    const answers = await Promise.all(
      this.names.map(async (name): Promise<Answer> => {
        const place = this.known().find(({ pod }) => pod === name);
        if (!place) return { agrees: false, reason: `the address of ${name} is not known` };
        try {
          const answer = (await this.call('POST', place, timeoutMs, ask)) as Answer;
          return { agrees: answer.agrees === true, reason: `${name}: ${answer.reason}` };
        } catch (error) {
          return { agrees: false, reason: `${name}: ${told(error)}` };
        }
      }),
    );
    return answers.find(({ agrees }) => !agrees) ?? answers[0] ?? { agrees: false, reason: 'there is no peer' };
  }

  /** What the other pods that answer in time tell of themselves. */
  public async statuses(timeoutMs: number): Promise<Status[]> {
    const told = await Promise.all(
      this.known().map(
        (place) => this.call('GET', place, timeoutMs).catch(() => undefined) as Promise<Status | undefined>,
      ),
    );
    return told.filter((status) => status !== undefined);
  }

  private call(method: string, { address }: Place, timeoutMs: number, body?: Ask): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request = http.request({ host: address, port: this.port, path: '/peer', method, agent: false });
      const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      request.on('close', () => clearTimeout(timer)).on('error', reject);
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => {
          try {
            resolve(JSON.parse(text));
          } catch {
            reject(new Error(`an answer that is no json, with status ${response.statusCode}`));
          }
        });
      });
      request.end(body && JSON.stringify(body));
    });
  }
}
