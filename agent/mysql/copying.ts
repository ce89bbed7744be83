import { sleep } from '../clock';
import type { Clock } from '../clock';
import type { MySqlServer } from './server';
import { quoted } from './server';

/** How long a copy of all data may take. */
const CLONE_MS = 24 * 3600 * 1000;
/** How long a primary of an earlier version may take to hear that a copy is about to be taken, in milliseconds. */
const HEARS_MS = 1_500;

export interface Donor {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

/** Replaces all data of a server by a copy of another's. */
export class Copying {
  /** Whether its data are being replaced. */
  public active = false;

  public constructor(
    private readonly server: MySqlServer,
    /** A connection that may wait for long. */
    private readonly patient: MySqlServer,
    private readonly clock: Clock,
  ) {}

  /** mysqld ends when it is done, and is started again. */
  public async run(donor: Donor, answered: boolean): Promise<void> {
    this.active = true;
    try {
      if (!answered) await sleep(this.clock, HEARS_MS);
      await this.copy(donor);
    } finally {
      this.active = false;
    }
  }

  private async copy({ host, port, password }: Donor): Promise<void> {
    await this.patient.query('STOP REPLICA');
    await this.patient.query('RESET REPLICA ALL');
    await this.patient.query(`SET GLOBAL clone_valid_donor_list = ${quoted(`${host}:${port}`)}`);
    // Its own data go, so it has to let itself be written to; it is offline for everyone else.
    await this.patient.query('SET GLOBAL offline_mode = ON');
    await this.patient.query('SET GLOBAL super_read_only = OFF');
    try {
      await this.patient.markHalf();
      const donor = `'replication'@${quoted(host)}:${port}`;
      await this.patient.query(`CLONE INSTANCE FROM ${donor} IDENTIFIED BY ${quoted(password)} REQUIRE SSL`, CLONE_MS);
    } finally {
      await this.server.query('SET GLOBAL super_read_only = ON').catch(() => undefined);
    }
  }
}
