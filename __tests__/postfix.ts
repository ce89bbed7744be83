import { ChildProcess, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Smtp } from '../e2e/smtp';
import { FIGURES_PORT } from '../constructs/mail/postfix';
import { freePorts } from './servers';
import { startProgram } from './started';

const IMAGE = resolve(__dirname, '../images/postfix');
/** The handler of a test: it keeps each message, and says for whom it was. */
const KEEP = `#!/bin/bash
file=$(mktemp FOLDER/got/XXXXXXXX)
{ printf '%s\\0%s\\0' "$SENDER" "$RECIPIENT"; cat; } > "$file" && mv "$file" "$file.mail"
`;

/** A message as its handler got it. */
export interface Got {
  readonly sender: string;
  readonly recipient: string;
  readonly message: Buffer;
}

/** A real Postfix with the configuration of a slice and of its image, on another port and in folders of its own. */
export class Postfix {
  /**
   * @param files What a slice has in /etc/slices/postfix; its command is `keep`.
   * @param handler What that is: FOLDER is its folder.
   */
  public static async start(files: Record<string, string>, handler = KEEP): Promise<Postfix> {
    const folder = mkdtempSync(join(tmpdir(), 'postfix-'));
    const [port, figures] = await freePorts(2);
    const postfix = new Postfix(folder, port!);
    postfix.install(files, figures!, handler);
    postfix.command('start');
    return postfix;
  }

  private reader: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** A conversation that has greeted. */
  public async open(): Promise<Smtp> {
    const smtp = await Smtp.open('127.0.0.1', this.port);
    await smtp.say('EHLO client.example');
    return smtp;
  }

  /** Its answer to this recipient, and whether it would take the message. */
  public async answers(recipient: string, smtp: Smtp): Promise<string> {
    await smtp.say('MAIL FROM:<sender@client.example> SMTPUTF8');
    const answer = await smtp.say(`RCPT TO:<${recipient}>`);
    await smtp.say('RSET');
    return answer;
  }

  public got(): Got[] {
    const names = readdirSync(join(this.folder, 'got')).filter((each) => each.endsWith('.mail'));
    return names.map((name) => {
      const all = readFileSync(join(this.folder, 'got', name));
      const first = all.indexOf(0);
      const second = all.indexOf(0, first + 1);
      const [sender, recipient] = [all.toString('utf8', 0, first), all.toString('utf8', first + 1, second)];
      return { sender, recipient, message: all.subarray(second + 1) };
    });
  }

  /** The names of the messages that it still has. */
  public spool(): string[] {
    return ['incoming', 'active', 'deferred', 'hold', 'maildrop', 'corrupt'].flatMap((queue) =>
      readdirSync(join(this.folder, 'spool', queue), { recursive: true, withFileTypes: true })
        .filter((each) => each.isFile())
        .map(({ name }) => `${queue}/${name}`),
    );
  }

  /** Waits until every message has been handed over. */
  public async empty(seconds = 30): Promise<void> {
    for (let left = seconds * 10; this.spool().length > 0; left--) {
      if (left === 0) throw new Error(`still in the spool: ${this.spool().join(' ')}\n${this.log()}`);
      await sleep(100);
    }
  }

  /** What handlers said. */
  public said(): string {
    return readFileSync(join(this.folder, 'said'), 'utf8');
  }

  public log(): string {
    return readFileSync(join(this.folder, 'log', 'mail'), 'utf8');
  }

  public stop(): void {
    this.command('stop');
    this.reader?.kill();
    rmSync(this.folder, { recursive: true });
  }

  private install(files: Record<string, string>, figures: number, handler: string): void {
    const { folder } = this;
    for (const name of ['config', 'spool', 'data', 'log', 'got', 'slices']) mkdirSync(join(folder, name));
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'got'), 0o777);
    execFileSync('chown', ['postfix', join(folder, 'data'), join(folder, 'log')]);
    for (const [name, text] of Object.entries(files)) this.write(`slices/${name}`, text);
    const both = (name: string) => readFileSync(join(IMAGE, name), 'utf8') + this.moved(files[name] ?? '');
    this.write('config/main.cf', this.adapted(both('main.cf')));
    const master = both('master.cf').replace(/^smtp /m, `127.0.0.1:${this.port} `);
    this.write('config/master.cf', master.replace(String(FIGURES_PORT), String(figures)));
    this.write('environment', '');
    this.write('hand-over', readFileSync(join(IMAGE, 'hand-over'), 'utf8').replaceAll('/run/handover', folder), 0o755);
    this.write('keep', handler.replaceAll('FOLDER', folder), 0o755);
    execFileSync('mkfifo', ['-m', '666', join(folder, 'output')]);
    this.reader = startProgram('sh', ['-c', 'exec cat <>output >said'], { cwd: folder });
  }

  /**
   * Its folders are others than a slice's, and it waits for nothing. No parameter is there twice: each program would warn of it,
   * postlogd itself, too, which then waits for its own socket.
   */
  private adapted(parameters: string): string {
    const own: Record<string, string> = {
      queue_directory: join(this.folder, 'spool'),
      data_directory: join(this.folder, 'data'),
      maillog_file: join(this.folder, 'log/mail'),
      maillog_file_prefixes: tmpdir(),
      queue_run_delay: '1s',
      minimal_backoff_time: '1s',
      smtpd_error_sleep_time: '0',
      smtpd_hard_error_limit: '100000',
      smtpd_junk_command_limit: '100000',
    };
    const others = parameters.split('\n').filter((line) => !(line.split(' ')[0]! in own));
    return [...others, ...Object.entries(own).map(([name, value]) => `${name} = ${value}`), ''].join('\n');
  }

  /** The paths of a slice as those of this folder. */
  private moved(text: string): string {
    return text
      .replaceAll('/etc/slices/postfix', join(this.folder, 'slices'))
      .replaceAll('/usr/local/bin/hand-over', join(this.folder, 'hand-over'))
      .replaceAll('user=handover', 'user=nobody')
      .replaceAll(' keep\n', ` ${join(this.folder, 'keep')}\n`);
  }

  private write(path: string, text: string, mode = 0o644): void {
    writeFileSync(join(this.folder, path), text, { mode });
  }

  private command(word: string): void {
    execFileSync('postfix', ['-c', join(this.folder, 'config'), word], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 30_000,
    });
  }
}
