import { ChildProcess, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicClock, sleep } from '../../agent/clock';
import { disk } from '../../agent/files';
import type { Agent, Facts } from '../../agent/engine';
import { ValkeyClient } from '../../agent/valkey/client';
import { ValkeyEngine } from '../../agent/valkey/engine';
import { connectOver } from '../../agent/valkey/host';
import { ValkeyServer } from '../../agent/valkey/server';
import { tlsLines, valkeyConf } from '../../constructs/valkey/valkey-conf';
import { endProgram, startProgram } from '../started';

const START = join(__dirname, '../../agent/scripts/valkey/start.sh');
export const PODS = ['kv-1', 'kv-2'];

/** The Lease of a pair, as its agents see it: whoever holds it may publish facts. */
export class Lease {
  public facts: Record<string, string> = {};
  public holder = '';
  public term = 0;
  /** Whether the API server answers. */
  public reachable = true;
  public readonly published: Record<string, string | undefined>[] = [];
}

/** The network between the two: each is connected to by a port of it. */
export class Network {
  private readonly sockets = new Set<Socket>();
  private readonly servers: Server[] = [];
  private isCut = false;

  /** A port that leads to another. */
  public async to(port: number): Promise<number> {
    const server = createServer((here) => {
      const there = connect(port, '127.0.0.1');
      for (const [from, into] of [
        [here, there],
        [there, here],
      ] as const) {
        this.sockets.add(from);
        from.on('data', (chunk) => {
          if (!into.write(chunk)) from.pause();
        });
        into.on('drain', () => this.isCut || from.resume());
        from.on('error', () => into.destroy());
        from.on('close', () => this.sockets.delete(from) && into.destroy());
        if (this.isCut) from.pause();
      }
    });
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** Nothing passes any more; what is sent arrives when it is healed. */
  public cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.pause();
  }

  public heal(): void {
    this.isCut = false;
    for (const socket of this.sockets) socket.resume();
  }

  /** Ends the connections: what is on its way is lost. */
  public drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  public close(): void {
    for (const server of this.servers) server.close();
    this.drop();
  }
}

/** A server as a pod has it, with the script that starts it and an agent. */
export class Slice {
  public readonly events: string[] = [];
  public readonly log: string[] = [];
  public otherLeaves = false;
  private stopped = false;
  private readonly programs: ValkeyClient[] = [];
  public engine!: ValkeyEngine;
  public readonly folder = mkdtempSync(join(tmpdir(), 'valkey-'));
  private script: ChildProcess | undefined;
  private readonly own = this.client('internal', { path: `${this.folder}/run/valkey.sock` });
  public readonly server = new ValkeyServer(this.own);

  public constructor(
    public readonly pod: string,
    public readonly port: number,
    private readonly lease: Lease,
    /** By which the other one connects to it. */
    private readonly ports: Record<string, number>,
    private readonly durability: 'preferred' | 'required',
    /** The folder of its certificate, where it has one: it takes no connection without TLS then. */
    private readonly certificate: string | undefined,
  ) {}

  public start(): void {
    const { folder, port } = this;
    this.setPassword('default', 'programs');
    this.setPassword('internal', 'agents');
    for (const each of ['data', 'run', 'run/agent', 'settings']) mkdirSync(join(folder, each), { recursive: true });
    chmodSync(join(folder, 'run/agent'), 0o777);
    const { certificate } = this;
    const files = {
      certificate: `${certificate}/tls.crt`,
      key: `${certificate}/tls.key`,
      authority: `${certificate}/ca.crt`,
    };
    const lines = certificate === undefined ? [] : tlsLines(files, true, port);
    const places = { port, data: join(folder, 'data'), run: join(folder, 'run') };
    writeFileSync(
      join(folder, 'settings/valkey.conf'),
      `${valkeyConf(1024, 'noeviction', lines, places)}loglevel warning\n`,
    );
    const env = { DATA: places.data, RUN: places.run, SECRETS: `${folder}/secrets`, SETTINGS: `${folder}/settings` };
    this.script = startProgram('bash', [START], { env: { ...process.env, ...env } });
  }

  /** Begins an agent beside it. */
  public watch(): void {
    const accounts = ['default', 'internal'].map((user) => ({ user, folder: join(this.folder, 'secrets', user) }));
    const { lease, ports } = this;
    const settings = {
      kind: 'valkey' as const,
      socket: `${this.folder}/run/valkey.sock`,
      fence: `${this.folder}/run/agent`,
      data: `${this.folder}/data/data`,
      // Both have the same address here: the agent connects by the port of the other one.
      port: Object.entries(ports).find(([pod]) => pod !== this.pod)![1],
      slices: Object.fromEntries(PODS.map((pod) => [pod, '127.0.0.1'])),
      durability: this.durability,
      accounts,
    };
    const config = {
      namespace: 'test',
      name: 'kv',
      pods: PODS,
      port: 1,
      timings: { leaseMs: 2_000, renewMs: 500, giveUpMs: 1_600 },
      requireLease: false,
      handover: { withinMs: 6_000, settleMs: 0 },
      check: { everyMs: 500, timeoutMs: 500, failures: 2 },
      engine: settings,
    };
    const agent: Agent = {
      publish: async (facts) => {
        if (lease.holder !== this.pod || !lease.reachable) throw new Error('failed to write the lease');
        lease.published.push(facts);
        for (const [key, value] of Object.entries(facts))
          if (value === undefined) delete lease.facts[key];
          else lease.facts[key] = value;
      },
      noteOfOther: () => undefined,
      otherLeaves: () => this.otherLeaves,
      active: () => lease.holder === this.pod,
      facts: (): Facts => ({ ...lease.facts }),
      recheck: () => undefined,
      event: (_type, reason, message) => void this.events.push(`${reason}: ${message}`),
    };
    const log = (event: string, about = {}) => void this.log.push(`${event} ${JSON.stringify(about)}`);
    const clock = {
      now: () => monotonicClock.now(),
      after: (ms: number, then: () => void) => monotonicClock.after(ms, () => (this.stopped ? undefined : then())),
    };
    const uptime = () => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    const { certificate } = this;
    const host = { clock, connect: connectOver(certificate, disk), files: disk, uptime, certificate };
    this.engine = new ValkeyEngine(config, settings, this.pod, agent, log, host);
  }

  /** Takes the Lease, if its engine may lead. */
  public async take(): Promise<void> {
    const { lease } = this;
    const verdict = await this.engine.mayLead({ ...lease.facts });
    if (!verdict.well) throw new Error(verdict.reason);
    lease.holder = this.pod;
    lease.term++;
    await this.engine.promote({ term: lease.term, facts: { ...lease.facts } });
  }

  /** A program's connection. */
  public program(): ValkeyClient {
    const made = this.client('default', { host: '127.0.0.1', port: this.port });
    this.programs.push(made);
    return made;
  }

  /** Writes the files of an account's Secret, as the kubelet does. */
  public setPassword(user: string, now: string, before?: string): void {
    const folder = join(this.folder, 'secrets', user);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'password'), `${now}\n`);
    if (before === undefined) rmSync(join(folder, 'password-before'), { force: true });
    else writeFileSync(join(folder, 'password-before'), `${before}\n`);
  }

  public signal(signal: NodeJS.Signals): void {
    process.kill(Number(readFileSync(`${this.folder}/run/valkey.pid`, 'utf8')), signal);
  }

  public async stop(): Promise<void> {
    this.stopped = true;
    for (const each of [this.own, ...this.programs]) each.close();
    if (this.script) await endProgram(this.script);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private client(user: string, at: { path: string } | { host: string; port: number }): ValkeyClient {
    const password = user === 'internal' ? 'agents' : 'programs';
    const address = { at, user, passwords: () => [password] };
    return new ValkeyClient(address, 2_000, () => undefined, monotonicClock, connectOver(this.certificate, disk));
  }
}

/** Two slices, their Lease and what is between them. */
export interface Laboratory {
  readonly lease: Lease;
  readonly network: Network;
  readonly one: Slice;
  readonly two: Slice;
}

/** A pair, each with its server up. */
export async function pair(durability: 'preferred' | 'required', certificate?: string): Promise<Laboratory> {
  const lease = new Lease();
  const network = new Network();
  const own = await Promise.all(PODS.map(() => freePort()));
  const ports = Object.fromEntries(await Promise.all(PODS.map(async (pod, at) => [pod, await network.to(own[at]!)])));
  const [one, two] = PODS.map((pod, at) => new Slice(pod, own[at]!, lease, ports, durability, certificate)) as [
    Slice,
    Slice,
  ];
  for (const each of [one, two]) each.start();
  for (const each of [one, two])
    await until('a server that answers', () => each.server.standing().then(({ loading }) => !loading));
  for (const each of [one, two]) each.watch();
  return { lease, network, one, two };
}

/** Writes a certificate for this machine, signed by itself, that ends after so many days. */
export function writeCertificate(folder: string, days: number): void {
  const files = ['-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', ...files];
  const names = ['-subj', '/CN=valkey', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', String(days)];
  execFileSync('openssl', [...request, ...names], { stdio: 'ignore' });
  writeFileSync(join(folder, 'ca.crt'), readFileSync(join(folder, 'tls.crt')));
}

export async function until(what: string, holds: () => Promise<boolean> | boolean, ms = 20_000): Promise<void> {
  let last: unknown;
  for (const end = Date.now() + ms; Date.now() < end; await sleep(monotonicClock, 30))
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
  throw new Error(`not within ${ms} ms: ${what}: ${String(last)}`);
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
