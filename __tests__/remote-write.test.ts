import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Size } from 'cdk8s';
import { parse, stringify } from 'yaml';
import { Admin, CachePool, Monitoring, RemoteWriteProps } from '../constructs';
import { freePorts } from './servers';
import { endProgram, startProgram } from './started';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';
import { testWith } from './tools';

const URL_ = 'https://mimir.example.org/api/v1/push';
const password = { secret: 'mimir', key: 'password' };

function admin(remoteWrite?: RemoteWriteProps, monitoring?: Monitoring): Admin {
  const site = newSite();
  const ram = Size.mebibytes(512);
  new CachePool(site, 'memc', { ram });
  return new Admin(site, 'admin', { ram, ...(remoteWrite && { remoteWrite }), ...(monitoring && { monitoring }) });
}

function configOf(made: Admin): Manifest {
  return parse(find(synth(made), 'ConfigMap', made.config!.name).data['prometheus.yml']);
}

test('figures go to the server under the name of the site, by a queue that is small beside the RAM', () => {
  const { global, remote_write: servers } = configOf(admin({ url: URL_ }));
  expect(global.external_labels).toEqual({ site: 'dfw' });
  expect(servers).toEqual([{ url: URL_, queue_config: { max_shards: 2, capacity: 2500, max_samples_per_send: 1000 } }]);
  expect(configOf(admin())).not.toHaveProperty('remote_write');
  expect(configOf(admin()).global).not.toHaveProperty('external_labels');
});

test('a password or a token is a file of a Secret, which Prometheus does not wait for', () => {
  const objects = synth(admin({ url: URL_, user: 'dfw', password }));
  const { volumes, containers } = find(objects, 'StatefulSet', 'dfw-admin').spec.template.spec;
  const items = [{ key: 'password', path: 'mimir/password' }];
  expect(volumes.find((each: Manifest) => each.name === 'prometheus-secrets').projected.sources).toEqual([
    { secret: { name: 'dfw-mimir', optional: true, items } },
  ]);
  const mount = { name: 'prometheus-secrets', mountPath: '/etc/prometheus-secrets', readOnly: true };
  expect(containers[0].volumeMounts).toContainEqual(mount);
  expect(find(objects, 'ConfigMap', 'required-secrets').data).toHaveProperty('dfw-mimir');
  const [basic] = configOf(admin({ url: URL_, user: 'dfw', password })).remote_write;
  expect(basic.basic_auth).toEqual({ username: 'dfw', password_file: '/etc/prometheus-secrets/mimir/password' });
  const [bearer] = configOf(admin({ url: URL_, token: { secret: 'mimir', key: 'token' } })).remote_write;
  expect(bearer.authorization).toEqual({ credentials_file: '/etc/prometheus-secrets/mimir/token' });
});

test.each<[RemoteWriteProps, number, object]>([
  [{ url: URL_ }, 443, { cidr: '0.0.0.0/0' }],
  [{ url: 'http://thanos.internal:19291/api/v1/receive', cidr: '10.1.0.0/16' }, 19_291, { cidr: '10.1.0.0/16' }],
])('the port of %j is opened to its network', (props, port, ipBlock) => {
  const policies = ofKind(synth(admin(props)), 'NetworkPolicy').filter(({ metadata }) =>
    metadata.name.startsWith('dfw-admin-to-'),
  );
  const rules = policies.flatMap(({ spec }) => spec.egress as Manifest[]);
  const opened = rules.filter(({ ports }) => ports.some((each: Manifest) => each.port === port));
  expect(opened.flatMap(({ to }) => to)).toContainEqual({ ipBlock: expect.objectContaining(ipBlock) });
});

test.each<[RemoteWriteProps, string]>([
  [
    { url: 'mimir' },
    "'remoteWrite.url' is 'mimir': write a whole address, such as 'https://mimir.example.org/api/v1/push'",
  ],
  [{ url: 'https://a:b@mimir.example.org/' }, "'remoteWrite.url' is 'mimir.example.org': it has a password in it"],
  [{ url: URL_, user: 'dfw' }, "'remoteWrite' is 'dfw': give 'user' and 'password' both, or neither"],
  [{ url: URL_, password }, "'remoteWrite' is 'a password': give 'user' and 'password' both, or neither"],
  [{ url: URL_, user: 'dfw', password, token: password }, "'remoteWrite.token' is 'password': there is 'password'"],
  [{ url: URL_, cidr: '10.1.0.1/16' }, "'remoteWrite.cidr' is '10.1.0.1/16': "],
])('%j is an error', (props, message) => {
  expect(problems(admin(props))).toEqual([expect.stringContaining(`[dfw/admin] ${message}`)]);
});

test("beside an operator's Prometheus it is an error", () => {
  expect(problems(admin({ url: URL_ }, Monitoring.operator()))).toEqual([
    expect.stringContaining("with 'monitoring' it belongs to the operator's objects; leave it out"),
  ]);
});

testWith('promtool')(
  'a Prometheus takes them, with the name of the site',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'remote-write-'));
    const [from = 0, to = 0] = await freePorts(2);
    const start = (name: string, port: number, config: object, ...more: string[]) => {
      mkdirSync(join(folder, name));
      const file = join(folder, `${name}.yml`);
      writeFileSync(file, stringify(config));
      execFileSync('promtool', ['check', 'config', file]);
      const options = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, name)}`];
      return startProgram('prometheus', [...options, `--web.listen-address=127.0.0.1:${port}`, ...more]);
    };
    const { global, remote_write } = configOf(
      admin({ url: `http://127.0.0.1:${to}/api/v1/write`, cidr: '10.1.0.0/16' }),
    );
    const scrape_configs = [
      { job_name: 'own', scrape_interval: '1s', static_configs: [{ targets: [`127.0.0.1:${from}`] }] },
    ];
    const receiver = start('to', to, {}, '--web.enable-remote-write-receiver');
    const sender = start('from', from, {
      global: { external_labels: global.external_labels },
      remote_write,
      scrape_configs,
    });
    let found: unknown[] = [];
    for (let tries = 0; tries < 300 && found.length === 0; tries++) {
      await sleep(200);
      const answer = await fetch(`http://127.0.0.1:${to}/api/v1/query?query=up{site="dfw"}`).catch(() => undefined);
      found = ((await answer?.json()) as { data?: { result: unknown[] } } | undefined)?.data?.result ?? [];
    }
    await Promise.all([sender, receiver].map((each) => endProgram(each)));
    expect(found).toHaveLength(1);
  },
  120_000,
);
