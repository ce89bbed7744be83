import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { LEAVE, LEFT } from '../contract/agent-files';
import type { Clock } from './clock';
import { told } from './log';
import type { Log } from './log';

/** How often it is looked for, in milliseconds. */
const LOOK_MS = 50;

/**
 * The order to prepare for a stop, as a file in a folder that the engine's container shares with this one: its preStop hook
 * writes it, and waits for the other file. Nobody outside the pod can write it, unlike a request over the network.
 */
export class StopOrder {
  public constructor(
    private readonly folder: string,
    private readonly clock: Clock,
    private readonly obey: () => Promise<unknown>,
    private readonly log: Log,
  ) {}

  public async watch(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.log('trouble', { what: 'failed to prepare for a stop', error: told(error) });
    }
    this.clock.after(LOOK_MS, () => void this.watch());
  }

  private async look(): Promise<void> {
    if (!existsSync(`${this.folder}/${LEAVE}`)) return;
    // First, so that an order is obeyed once, and a later one again.
    rmSync(`${this.folder}/${LEAVE}`, { force: true });
    try {
      await this.obey();
    } finally {
      writeFileSync(`${this.folder}/${LEFT}`, '');
    }
  }
}
