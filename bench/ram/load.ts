import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../e2e/kubernetes';
import { ask, post, text } from '../../e2e/seed/site';
import { Smtp } from '../../e2e/smtp';

/** How many clients ask at once: twice as many as both web slices' Apaches have workers. */
const CLIENTS = 48;

const PICTURE = new Uint8Array(40_000).map((_, index) => (index * 13) % 256);

/** What was asked for, and how often that failed. */
export type Tally = Record<string, { done: number; failed: number; lastError?: string }>;

/** How often each is asked for, of a hundred, and how. */
const MIX: [name: string, share: number, act: (load: Load) => Promise<unknown>][] = [
  ['front page', 28, () => text('/')],
  ['entry', 28, (load) => text(`/entry/${load.anyEntry()}`)],
  ['static file', 14, () => text('/stc/journal.css')],
  ['userpic', 10, (load) => text(`/userpic/${load.anyUser()}`)],
  ['comment', 6, (load) => post(`/entry/${load.anyEntry()}/comment`, { author: 'load', body: 'x'.repeat(400) })],
  ['post', 4, (load) => load.post()],
  ['heavy page', 6, () => text('/heavy/50')],
  ['upload', 2, (load) => ask(`/userpic/${load.anyUser()}`, PICTURE)],
  ['import', 1, () => post('/import', { user: 'load', name: `${Math.random()}`, lines: 'a line\n'.repeat(50) })],
  ['mail', 1, (load) => load.mail()],
];

/** Clients that ask, post, upload and send mail, each as soon as it was answered. */
export class Load {
  public readonly tally: Tally = {};
  private readonly entries: string[] = [];
  private going = true;

  public constructor(private readonly mailAddress: string) {}

  /** Makes what the others ask for. */
  public async prepare(): Promise<void> {
    await until('a database', () => post('/subscription', { user: 'load', email: 'load@mailbox.example' }), 120);
    await until('a store that takes files', () => ask('/userpic/load0', PICTURE), 120);
    for (let count = 0; count < 100; count++) await this.post();
    for (let user = 0; user < USERS; user++) await ask(`/userpic/load${user}`, PICTURE);
  }

  public async run(seconds: number): Promise<void> {
    const clients = Array.from({ length: CLIENTS }, () => this.client());
    await sleep(seconds * 1000);
    this.going = false;
    await Promise.all(clients);
  }

  public anyEntry(): string {
    return this.entries[Math.floor(Math.random() * this.entries.length)] as string;
  }

  public anyUser(): string {
    return `load${Math.floor(Math.random() * USERS)}`;
  }

  public async post(): Promise<void> {
    const body = 'word '.repeat(20 + Math.floor(Math.random() * 6000));
    this.entries.push(await post('/entry', { user: 'load', subject: 'a load', body }));
  }

  public async mail(): Promise<void> {
    const smtp = await Smtp.open(this.mailAddress);
    try {
      await smtp.say('HELO client.example');
      const answer = await smtp.send('by mail', 'load@example.org', 'x'.repeat(70).concat('\r\n').repeat(500));
      if (!answer.startsWith('250')) throw new Error(answer);
    } finally {
      smtp.close();
    }
  }

  private async client(): Promise<void> {
    while (this.going) {
      let drawn = Math.random() * 100;
      const [name, , act] = MIX.find(([, share]) => (drawn -= share) < 0) ?? MIX[0]!;
      const count = (this.tally[name] ??= { done: 0, failed: 0 });
      try {
        await act(this);
        count.done++;
      } catch (error) {
        count.failed++;
        count.lastError = (error as Error).message.slice(0, 200);
        // A site that refuses is not asked again at once.
        await sleep(100);
      }
    }
  }
}

const USERS = 50;
