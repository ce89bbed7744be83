import { ChildProcess, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Size, Testing } from 'cdk8s';
import { parse, stringify } from 'yaml';
import {
  Admin,
  Balancer,
  BalancerEngine,
  CachePool,
  Durability,
  JobQueue,
  JobWorkers,
  ReplicatedMySQL,
  Site,
  WebServer,
  WebTier,
} from '../constructs';
import { freePorts } from './servers';
import { endProgram, startProgram } from './started';
import { find, synth } from './support';
import { EVERY, openMetrics } from './page-week';

/** A site with every graph that the page has. */
function admin(): Admin {
  const site = new Site(Testing.app(), 'ams', { domain: 'example.org' });
  const ram = Size.mebibytes(512);
  const db = new ReplicatedMySQL(site, 'db', {
    ram: Size.gibibytes(2),
    durability: Durability.PREFERRED,
    databases: ['forum'],
  });
  const memc = new CachePool(site, 'memc', { ram });
  const queue = JobQueue.theSchwartz({ database: db });
  new JobWorkers(site, 'jobs', { ram, slices: 1, queue, workers: [{ name: 'email', command: ['worker', 'Email'] }] });
  const image = 'docker.io/library/httpd:2.4';
  const web = new WebTier(site, 'web', { ram, image, server: WebServer.httpd(), uses: [db, memc] });
  new Balancer(site, 'lb', { ram: Size.mebibytes(256), web, engine: BalancerEngine.nginx() });
  return new Admin(site, 'admin', { ram });
}

/** A Prometheus with the files of the site's Admin, and a made-up week. */
export class PrometheusWithWeek {
  private process: ChildProcess | undefined;
  public address = '';
  /** The folder of pages that it serves under /consoles/. */
  public consoles = '';

  /** @param alert Whether an alert fires. */
  public async start(alert: boolean): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'week-'));
    const made = admin();
    const files = find(synth(made), 'ConfigMap', made.config!.name).data as Record<string, string>;
    this.consoles = join(folder, 'config');
    mkdirSync(this.consoles);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'config', name), text);
    const own = parse(files['rules.yml']!).groups.flatMap((group: { rules: { alert?: string }[] }) => group.rules);
    const down = own.find((rule: { alert?: string }) => rule.alert === 'SliceDown');
    const rules = alert ? [{ ...down, expr: 'slice:up{slice="ams-memc02"} * 0 == 0', for: '0s' }] : [];
    writeFileSync(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'test', interval: '1s', rules }] }));
    writeFileSync(
      join(folder, 'prometheus.yml'),
      stringify({ rule_files: ['rules.yml'], global: { evaluation_interval: '1s' } }),
    );
    const end = Math.ceil(Date.now() / 1000 / EVERY) * EVERY + 5 * EVERY;
    writeFileSync(join(folder, 'week.txt'), openMetrics(end));
    const blocks = [
      'tsdb',
      'create-blocks-from',
      'openmetrics',
      '--max-block-duration=336h',
      '-q',
      join(folder, 'week.txt'),
    ];
    execFileSync('promtool', [...blocks, join(folder, 'data')], { stdio: 'pipe' });
    const [port] = await freePorts(1);
    this.address = `http://127.0.0.1:${port}`;
    const options = {
      'config.file': join(folder, 'prometheus.yml'),
      'storage.tsdb.path': join(folder, 'data'),
      'web.listen-address': `127.0.0.1:${port}`,
      'web.console.templates': join(folder, 'config'),
      'web.console.libraries': join(folder, 'config'),
      // As in the slice.
      'query.max-samples': '3801088',
      'query.max-concurrency': '4',
    };
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    this.process = startProgram('prometheus', args);
    for (let tries = 0; ; tries++) {
      const answer = await fetch(`${this.address}/-/ready`).catch(() => undefined);
      if (answer?.ok) return;
      if (tries === 300 || this.process.exitCode !== null) throw new Error('prometheus does not answer');
      await sleep(100);
    }
  }

  public async stop(): Promise<void> {
    if (this.process) await endProgram(this.process);
  }
}
