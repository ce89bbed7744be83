import { ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './servers';
import { startProgram } from './started';

const IMAGES = resolve(__dirname, '../images');
const LIBRARY = `-I${join(IMAGES, 'theschwartz/lib')}`;
const ACCOUNT =
  "CREATE DATABASE site; CREATE USER site@'127.0.0.1' IDENTIFIED BY 'x'; GRANT ALL ON site.* TO site@'127.0.0.1';";
const TABLES =
  "do { local $/; my $dbh = JobQueue::dbh(); $dbh->do($_) for grep { /\\S/ } split /;\\s*\\n/, join '', map { s/^--.*//mgr } <STDIN> }";

export interface Ran {
  readonly code: number | null;
  readonly said: string;
}

/** A real mysqld with TheSchwartz's tables, and the image's programs that use it. */
export class QueueDatabase {
  /** @param options of mysqld, as --max-allowed-packet=1M. */
  public static async start(...options: string[]): Promise<QueueDatabase> {
    const folder = mkdtempSync(join(tmpdir(), 'queue-'));
    const base = ['--no-defaults', `--user=${userInfo().username}`, `--datadir=${folder}/data`];
    execFileSync('mysqld', [...base, '--initialize-insecure', '--log-error-verbosity=1'], { stdio: 'ignore' });
    const [port] = await freePorts(1);
    writeFileSync(join(folder, 'account.sql'), ACCOUNT.replaceAll('; ', ';\n'));
    const own = ['socket', 'pid-file'].map((each) => `--${each}=${folder}/${each}`);
    const small = ['--mysqlx=OFF', '--innodb-buffer-pool-size=64M', '--performance-schema=OFF', '--skip-log-bin'];
    const server = [...base, ...own, ...small, `--port=${port}`, `--init-file=${folder}/account.sql`, ...options];
    const database = new QueueDatabase(folder, port!, startProgram('mysqld', server));
    for (let left = 600; !existsSync(join(folder, 'pid-file')) && left > 0; left--) await sleep(100);
    database.perl(TABLES, readFileSync(join(IMAGES, 'theschwartz/schema.sql')));
    return database;
  }

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly server: ChildProcess,
  ) {}

  /** Runs Perl with the queue's module. */
  public runPerl(code: string): { stdout: string; stderr: string } {
    return spawnSync('perl', [LIBRARY, '-MJobQueue', '-e', code], { env: this.environment(), encoding: 'utf8' });
  }

  /** Runs Perl with the queue's module; gives back what it prints. */
  public perl(code: string, input: Buffer = Buffer.alloc(0), ...given: string[]): string {
    return execFileSync('perl', [LIBRARY, '-MJobQueue', '-e', code, ...given], {
      env: this.environment(),
      input,
    }).toString();
  }

  /** Hands a message over as a slice of the mail intake does. */
  public handOver(message: Buffer, of: { queueId?: string; sender?: string; recipient?: string } = {}): Ran {
    const { queueId = '4Z', sender = 'a@b.example', recipient = 'post@example.org' } = of;
    const env = {
      ...this.environment(),
      QUEUE_ID: queueId,
      SENDER: sender,
      RECIPIENT: recipient,
      MAIL_FUNCTION: 'Incoming',
    };
    const { status, stdout } = spawnSync('perl', [LIBRARY, join(IMAGES, 'postfix/mail-to-queue')], {
      env,
      input: message,
    });
    return { code: status, said: stdout.toString() };
  }

  public stop(): void {
    this.server.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private environment(): Record<string, string> {
    const of = { HOST: '127.0.0.1', PORT: String(this.port), NAME: 'site', USER: 'site', PASSWORD: 'x' };
    return {
      PATH: process.env['PATH'] ?? '',
      ...Object.fromEntries(Object.entries(of).map(([name, value]) => [`QUEUE_DB_${name}`, value])),
    };
  }
}
