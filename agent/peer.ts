import * as http from 'node:http';
import { SIGNATURE } from './channel';
import type { Channel, Signed } from './channel';
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

/** The most that a peer says, in bytes. */
const LONGEST_ANSWER = 16_384;

/** Sends a signed question to an address and returns the answer. Settles within the time. */
export type Send = (host: string, port: number, question: Signed, timeoutMs: number) => Promise<Signed>;

/** The agents of the other pods, asked directly. */
export class HttpPeers implements Peers {
  public constructor(
    private readonly port: number,
    /** Every other pod's name: all must agree, so one whose address is not known is a refusal. */
    private readonly names: readonly string[],
    private readonly known: () => readonly Place[],
    /** Without it nobody can be asked. */
    private readonly channel?: Channel,
    private readonly send: Send = overHttp,
  ) {}

  public async agree(ask: Ask, timeoutMs: number): Promise<Answer> {
    const answers = await Promise.all(
      this.names.map(async (name): Promise<Answer> => {
        const place = this.known().find(({ pod }) => pod === name);
        if (!place) return { agrees: false, reason: `the address of ${name} is not known` };
        try {
          const answer = (await this.call(place, timeoutMs, ask)) as Answer;
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
      this.known().map((place) => this.call(place, timeoutMs).catch(() => undefined) as Promise<Status | undefined>),
    );
    return told.filter((status) => status !== undefined);
  }

  private async call(place: Place, timeoutMs: number, ask?: Ask): Promise<unknown> {
    if (!this.channel) throw new Error('there is no key to ask it with');
    const { question, text, signature } = this.channel.question(place.pod, ask);
    const answer = await this.send(place.address, this.port, { text, signature }, timeoutMs);
    return this.channel.open(question, answer.text, answer.signature);
  }
}

const overHttp: Send = (host, port, { text, signature }, timeoutMs) =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', [SIGNATURE]: signature };
    const request = http.request({
      host,
      port,
      path: '/peer',
      method: 'POST',
      headers,
      agent: false,
    });
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    request.on('close', () => clearTimeout(timer)).on('error', reject);
    request.on('response', (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        answer += chunk;
        if (answer.length > LONGEST_ANSWER) request.destroy(new Error('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) return reject(new Error(`status ${response.statusCode}`));
        resolve({ text: answer, signature: String(response.headers[SIGNATURE] ?? '') });
      });
    });
    request.end(text);
  });
