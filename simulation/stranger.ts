import { Channel } from '../agent/channel';
import type { Signed } from '../agent/channel';
import { answerPeer } from '../agent/server';
import type { Answers } from '../agent/server';
import { Machine, Process } from './machine';
import type { Surroundings } from './mysqld/dial';
import { Mysqld } from './mysqld/server';
import { Volume } from './mysqld/volume';

const ANSWERS: Answers = {
  healthy: () => true,
  active: () => ({ active: true, term: 1_000, pod: 'other-db-1' }),
  switchOver: async () => ({ done: true }),
  status: async () => ({
    pod: 'other-db-1',
    phase: 'active',
    term: 1_000,
    ready: true,
    well: true,
    leaving: false,
    readers: [],
  }),
  answer: () => ({ agrees: true, reason: 'it is of another pair, and would agree to anything' }),
  metrics: async () => '',
};

/** A pod of another pair of the same namespace, with that one's key and passwords. */
export class Stranger {
  public readonly process: Process;
  public readonly server: Mysqld;
  private readonly channel: Channel;

  public constructor(
    around: Surroundings,
    public readonly machine: Machine,
  ) {
    this.process = new Process('agent other-db-1', machine);
    this.channel = new Channel(
      'site/other-db',
      'other-db-1',
      () => ['key of another pair'],
      () => machine.now(),
    );
    const volume = new Volume('c0000000-0000-0000-0000-000000000000');
    const nobody = {
      opened: () => undefined,
      received: () => undefined,
      acknowledged: () => undefined,
      terminated: () => undefined,
    };
    this.server = new Mysqld('other-db-1', volume, machine, around, nobody, () => undefined);
  }

  public answerPeer(question: Signed): Promise<Signed | string> {
    return answerPeer(ANSWERS, this.channel, question);
  }
}
