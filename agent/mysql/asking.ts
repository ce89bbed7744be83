import type { Agent } from '../engine';
import type { Request } from './note';
import { isNamed } from './rules';
import type { Server } from './rules';

/** What a standby asks the primary for, before it gives up data of its own (note.ts). */
export class Asking {
  private asked: Request | undefined;

  public constructor(
    private readonly agent: Agent,
    /** A number that no other request has. */
    private readonly number: () => string,
  ) {}

  public get request(): Request | undefined {
    return this.asked;
  }

  /** Why the primary does not give it; undefined where it has not said so. */
  public get denial(): string | undefined {
    const start = `${this.asked?.number} `;
    const { denies } = this.agent.facts();
    return this.asked && denies?.startsWith(start) ? denies.slice(start.length) : undefined;
  }

  /** Asks, once; whether the primary has answered that it may. */
  public mayNow(to: Request['to'], own: Server): boolean {
    if (this.asked?.to !== to) this.asked = { to, number: this.number() };
    const facts = this.agent.facts();
    // A primary of an earlier version answers nothing.
    return this.answers ? facts['gives'] === this.asked.number : !isNamed(own, facts);
  }

  /** Whether the agent of the primary answers. */
  public get answers(): boolean {
    return this.agent.facts()['term'] !== undefined;
  }

  /** Nothing is to be given up any more, or it was. */
  public done(): void {
    this.asked = undefined;
  }
}
