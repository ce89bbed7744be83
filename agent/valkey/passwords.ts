import { createHash } from 'node:crypto';
import type { AccountConfig } from '../../contract/engine-config';
import type { Agent } from '../engine';
import type { Files } from '../files';
import type { Log } from '../log';
import { keysIn } from '../mounted-secret';
import type { ValkeyServer } from './server';

/** How often the files are read, in milliseconds. The kubelet takes up to two minutes to write what changed. */
const EVERY_MS = 5_000;

/** Gives each account the passwords that its Secret has now: the one before stays good for as long as the Secret has it. */
export class PasswordDuties {
  private readonly applied = new Map<string, string>();
  private next = 0;

  public constructor(
    private readonly accounts: readonly AccountConfig[],
    private readonly server: ValkeyServer,
    private readonly agent: Pick<Agent, 'event'>,
    private readonly files: Files,
    private readonly now: () => number,
    private readonly log: Log,
  ) {}

  public async look(): Promise<void> {
    if (this.now() < this.next) return;
    this.next = this.now() + EVERY_MS;
    for (const { user, folder } of this.accounts) {
      const hashes = keysIn(folder, (path) => this.files.read(path)).map(hashOf);
      const last = this.applied.get(user);
      if (hashes.length === 0 || last === hashes.join()) continue;
      await this.server.setPasswords(user, hashes);
      this.applied.set(user, hashes.join());
      if (last === undefined) continue;
      const what = hashes.length > 1 ? 'a new password beside the one before' : 'only its new password';
      this.log('password changed', { user, what });
      this.agent.event('Normal', 'ValkeyPassword', `the account ${user} has ${what}`);
    }
  }
}

function hashOf(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}
