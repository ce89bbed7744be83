/** The same faults to what did this before: keepalived, and heartbeat 3 of Linux-HA, between two network namespaces. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get, run, sleep, until } from './cluster';
import { Prober, outage } from './prober';
import type { Result } from './run';

const ADDRESS = '10.99.0.100';
const BRIDGE = 'pair0';
const SERVER = "require('http').createServer((_, r) => r.end(process.argv[1])).listen(80)";

export type Program = 'keepalived' | 'heartbeat';
export type Loss = 'power' | 'network';

/** A machine: a network, mount and host-name namespace of its own, with a web server and the program that holds the address. */
class Machine {
  private children: ChildProcess[] = [];

  public constructor(
    public readonly name: string,
    private readonly number: number,
    private readonly program: Program,
  ) {}

  public async start(): Promise<void> {
    await this.stop();
    await run('ip', 'netns', 'add', this.name);
    await run('ip', 'link', 'add', this.name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.name);
    await run('ip', 'link', 'set', this.name, 'master', BRIDGE, 'up');
    const inside = (...args: string[]) => run('ip', '-n', this.name, ...args);
    await inside('addr', 'add', `10.99.0.${this.number}/24`, 'brd', '+', 'dev', 'eth0');
    await inside('link', 'set', 'lo', 'up');
    await inside('link', 'set', 'eth0', 'up');
    this.spawn(process.execPath, '-e', SERVER, this.name);
    this.spawn('bash', '-c', this.program === 'keepalived' ? this.keepalived() : this.heartbeat());
  }

  public holds(): Promise<boolean> {
    return run('ip', '-n', this.name, 'addr', 'show', 'eth0').then((text) => text.includes(`${ADDRESS}/`));
  }

  /** Its network goes; with its power, every process too. */
  public async lose(what: Loss): Promise<void> {
    await run('ip', 'link', 'set', this.name, 'down');
    if (what === 'power') await this.kill();
  }

  public async stop(): Promise<void> {
    await this.kill();
    await run('ip', 'netns', 'del', this.name).catch(() => '');
    await run('ip', 'link', 'del', this.name).catch(() => '');
  }

  private async kill(): Promise<void> {
    const pids = await run('ip', 'netns', 'pids', this.name).catch(() => '');
    for (const pid of pids.split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
    this.children = [];
  }

  private spawn(...command: string[]): void {
    const own = [
      'netns',
      'exec',
      this.name,
      'unshare',
      '--mount',
      '--uts',
      'bash',
      '-c',
      `hostname ${this.name}; exec "$@"`,
      '-',
    ];
    this.children.push(spawn('ip', [...own, ...command], { stdio: 'ignore', detached: true }));
  }

  private keepalived(): string {
    const folder = mkdtempSync(join(tmpdir(), this.name));
    writeFileSync(
      join(folder, 'keepalived.conf'),
      `vrrp_instance pair {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${110 - this.number * 10}
  advert_int 1
  virtual_ipaddress { ${ADDRESS}/24 }
}
`,
    );
    return `exec keepalived --dont-fork --log-console -f ${folder}/keepalived.conf -p ${folder}/k.pid -r ${folder}/v.pid`;
  }

  /** Its own folders under the fixed paths, and the times of the sample that it comes with, but a dead time of 2 s, not 10. */
  private heartbeat(): string {
    const folder = mkdtempSync(join(tmpdir(), this.name));
    for (const each of ['ha.d', 'run', 'lib']) mkdirSync(join(folder, each));
    writeFileSync(join(folder, 'ha.d/authkeys'), 'auth 1\n1 sha1 pair\n', { mode: 0o600 });
    writeFileSync(join(folder, 'ha.d/haresources'), `pair-a IPaddr2::${ADDRESS}/24/eth0\n`);
    writeFileSync(
      join(folder, 'ha.d/ha.cf'),
      `keepalive 500ms\nwarntime 1\ndeadtime 2\ninitdead 4\nudpport 694\nbcast eth0\nauto_failback off\nnode pair-a pair-b\nlogfile ${folder}/log\n`,
    );
    return `cp -rn /etc/ha.d/* ${folder}/ha.d/
mount --bind ${folder}/ha.d /etc/ha.d; mkdir -p /var/lib/heartbeat
mount -t tmpfs none /run; mount -t tmpfs none /var/lib/heartbeat
mkdir -p /run/heartbeat/rsctmp /run/heartbeat/ccm /run/heartbeat/crm /run/heartbeat/dopd /var/lib/heartbeat/cores/root /var/lib/heartbeat/cores/hacluster /var/lib/heartbeat/cores/nobody
chown -R hacluster /run/heartbeat /var/lib/heartbeat
exec /usr/libexec/heartbeat/heartbeat`;
  }
}

export class Neighbours {
  private readonly machines: Machine[];

  public constructor(program: Program) {
    this.machines = [new Machine('pair-a', 1, program), new Machine('pair-b', 2, program)];
  }

  /** The machine that holds the address loses its network or its power. */
  public async lose(what: Loss): Promise<Result> {
    try {
      await this.start();
      const held = await Promise.all(this.machines.map((machine) => machine.holds()));
      const victim = this.machines[held.indexOf(true)]!;
      const prober = new Prober(`http://${ADDRESS}/`);
      await sleep(500 + Math.random() * 1000);
      await victim.lose(what);
      await sleep(12_000);
      return { victim: victim.name, ...outage(await prober.stop()) };
    } finally {
      for (const machine of this.machines) await machine.stop();
      await run('ip', 'link', 'del', BRIDGE);
    }
  }

  private async start(): Promise<void> {
    await run('ip', 'link', 'del', BRIDGE).catch(() => '');
    await run('ip', 'link', 'add', BRIDGE, 'type', 'bridge');
    await run('ip', 'addr', 'add', '10.99.0.254/24', 'dev', BRIDGE);
    await run('ip', 'link', 'set', BRIDGE, 'up');
    for (const machine of this.machines) await machine.start();
    await until('an answer', async () => (await get(`http://${ADDRESS}/`, 250)).status === 200, 30);
    await sleep(2000);
  }
}
