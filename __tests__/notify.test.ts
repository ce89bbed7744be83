import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import { parse } from 'yaml';
import { Admin, AdminProps, CachePool, Notify } from '../constructs';
import { withPromtool } from './promtool';
import { Manifest, find, newSite, problems, synth } from './support';
import { testWith } from './tools';

const EMAIL = Notify.email({ to: ['ops@example.org', 'boss@example.org'], server: 'smtp.example.net' });
const password = { secret: 'smtp', key: 'password' };

function admin(props: Partial<AdminProps> = {}): Admin {
  const site = newSite();
  new CachePool(site, 'memc', { ram: Size.mebibytes(512) });
  return new Admin(site, 'admin', { ram: Size.mebibytes(512), notify: [EMAIL], ...props });
}

/** A file of one of Admin's ConfigMaps. */
function file(of: Admin, name: string): string {
  const config = synth(of).find((each) => each.kind === 'ConfigMap' && each.data?.[name] !== undefined);
  return config.data[name];
}

function alertmanager(...notify: Notify[]): Manifest {
  return parse(file(admin({ notify }), 'alertmanager.yml'));
}

function pod(of: Admin): Manifest {
  return find(synth(of), 'StatefulSet', 'dfw-admin').spec.template.spec;
}

test('Alertmanager takes its RAM out of the slice, and keeps silences on the volume', () => {
  const { containers } = pod(admin());
  expect(containers.map((each: Manifest) => [each.name, each.resources.limits.memory])).toEqual([
    ['prometheus', '416Mi'],
    ['exporter', '48Mi'],
    ['alertmanager', '48Mi'],
  ]);
  const { args, volumeMounts } = containers[2];
  expect(args).toContain('--storage.path=/prometheus/alertmanager');
  expect(volumeMounts).toContainEqual({ name: 'figures', mountPath: '/prometheus' });
});

test('without anyone to tell there is no Alertmanager, and no alert of its own', () => {
  const site = newSite();
  const made = new Admin(site, 'admin', { ram: Size.mebibytes(512) });
  expect(pod(made).containers).toHaveLength(1);
  expect(parse(file(made, 'prometheus.yml')).alerting).toBeUndefined();
  expect(file(made, 'rules.yml')).not.toMatch(/Watchdog|MessagesFail/);
});

test('everyone is told of alerts by their name, and of their end', () => {
  const webhook = Notify.webhook({ url: 'http://10.1.2.3:8080/alerts', cidr: '10.1.2.3/32' });
  const slack = Notify.slack({ secret: { secret: 'slack', key: 'url' }, channel: '#ops' });
  const { route, receivers } = alertmanager(EMAIL, webhook, slack);
  expect(route).toMatchObject({ receiver: 'people', group_by: ['alertname'], group_wait: '5s' });
  // Of the promised 90 seconds, SliceDown takes 45, and scrapes and rules up to 25.
  expect(Number.parseInt(route.group_interval, 10)).toBeLessThanOrEqual(20);
  expect(route.routes).toBeUndefined();
  const [{ name, ...kinds }] = receivers;
  expect([name, ...Object.keys(kinds)]).toEqual(['people', 'email_configs', 'webhook_configs', 'slack_configs']);
  for (const [each] of Object.values<Manifest[]>(kinds)) expect(each!['send_resolved']).toBe(true);
  expect(kinds.email_configs[0]).toMatchObject({
    to: 'ops@example.org, boss@example.org',
    from: 'admin@example.org',
    smarthost: 'smtp.example.net:587',
    require_tls: true,
  });
  expect(kinds.slack_configs[0].channel).toBe('#ops');
});

test("the dead man's switch is called each minute, and people are not told of it", () => {
  const made = admin({ watchdog: Notify.webhook({ url: 'https://dead.example.net/1' }) });
  const { route, receivers } = parse(file(made, 'alertmanager.yml'));
  expect(route.routes).toEqual([
    { matchers: ['alertname="Watchdog"'], receiver: 'watchdog', group_interval: '30s', repeat_interval: '1m' },
  ]);
  expect(receivers[1]).toEqual({
    name: 'watchdog',
    webhook_configs: [{ url: 'https://dead.example.net/1', send_resolved: true }],
  });
  expect(file(made, 'rules.yml')).toContain('alert: Watchdog');
  expect(file(made, 'slices.html')).toContain('alertname!="Watchdog"');
});

test('what is secret is a file out of a Secret of the site, and dist has its name alone', () => {
  const made = admin({
    notify: [
      Notify.email({ to: ['a@example.org'], server: 'smtp.example.net', port: 465, user: 'ams', password }),
      Notify.pagerDuty({ secret: { secret: 'pager', key: 'key' } }),
      Notify.webhook({ secret: { secret: 'hook', key: 'url' }, port: 8443 }),
    ],
  });
  const [people] = parse(file(made, 'alertmanager.yml')).receivers;
  expect(people.email_configs[0]).toMatchObject({
    auth_username: 'ams',
    auth_password_file: '/etc/alertmanager-secrets/smtp/password',
    require_tls: false,
  });
  expect(people.pagerduty_configs[0].routing_key_file).toBe('/etc/alertmanager-secrets/pager/key');
  expect(people.webhook_configs[0].url_file).toBe('/etc/alertmanager-secrets/hook/url');
  const volume = pod(made).volumes.find((each: Manifest) => each.name === 'alertmanager-secrets');
  expect(volume.projected.sources[0].secret).toEqual({
    name: 'dfw-smtp',
    optional: true,
    items: [{ key: 'password', path: 'smtp/password' }],
  });
  // They are of the services that are told, so that the command makes none of them up.
  const required = find(synth(made.site), 'ConfigMap', 'required-secrets').data;
  for (const name of ['dfw-smtp', 'dfw-pager', 'dfw-hook'])
    expect([name, Object.values(JSON.parse(required[name]).keys)]).toEqual([name, ['given']]);
});

test('the way out is open to the ports of those who are told, and to no other', () => {
  const made = admin({
    notify: [
      Notify.email({ to: ['a@example.org'], server: '10.1.2.3', port: 25, tls: false, cidr: '10.1.2.3/32' }),
      Notify.webhook({ url: 'https://hook.example.net/' }),
      Notify.slack({ secret: { secret: 'slack', key: 'url' } }),
    ],
  });
  const { egress } = find(synth(made), 'NetworkPolicy', 'dfw-admin-to-outside').spec;
  expect(egress.map(({ to, ports }: Manifest) => [to[0].ipBlock.cidr, ports[0].port])).toEqual([
    ['10.1.2.3/32', 25],
    ['0.0.0.0/0', 443],
    ['::/0', 443],
  ]);
});

describe('an error says what to write instead:', () => {
  const said = (notify: Notify, ...more: Notify[]) => problems(admin({ notify: [notify, ...more] }));
  const to = ['ops@example.org'];

  test('nobody', () => {
    expect(problems(admin({ notify: [] }))).toEqual([
      "[dfw/admin] 'notify' is '[]': name one or more, or leave it out",
    ]);
  });

  test('no address, and one that is none', () => {
    expect(said(Notify.email({ to: [], server: 'smtp.example.net' }))).toEqual([
      "[dfw/admin] 'notify.0.to' is '[]': name one address or more, as in ['ops@example.org']",
    ]);
    expect(said(EMAIL, Notify.email({ to: ['Ops <ops@example.org>'], server: 'smtp.example.net' }))).toEqual([
      "[dfw/admin] 'notify.1.to' is 'Ops <ops@example.org>': write an address alone, such as 'ops@example.org'",
    ]);
  });

  test('a server with its port', () => {
    expect(said(Notify.email({ to, server: 'smtp.example.net:25' }))).toEqual([
      "[dfw/admin] 'notify.0.server' is 'smtp.example.net:25': write a name or an IPv4 address, such as 'smtp.example.org'",
    ]);
  });

  test('a user without a password', () => {
    expect(said(Notify.email({ to, server: 'smtp.example.net', user: 'ams' }))).toEqual([
      "[dfw/admin] 'notify.0' is 'ams': give 'user' and 'password' both, or neither",
    ]);
  });

  test('an address and a Secret, or neither', () => {
    const message = (url: string) => `[dfw/admin] 'notify.0.url' is ${url}: give one of 'url' and 'secret', not both`;
    expect(said(Notify.webhook({}))).toEqual([message('undefined')]);
  });

  test('an address that is none, and one with a password in it', () => {
    expect(said(Notify.webhook({ url: 'hook.example.net' }))).toEqual([
      "[dfw/admin] 'notify.0.url' is 'hook.example.net': write a whole address, such as 'https://example.org/alerts'",
    ]);
    expect(said(Notify.webhook({ url: 'https://ams:secret@hook.example.net/' }))).toEqual([
      "[dfw/admin] 'notify.0.url' is 'hook.example.net': it has a password in it; put the address into 'secret'",
    ]);
  });

  test('a Secret, or a key of one, that Kubernetes would refuse', () => {
    expect(said(Notify.slack({ secret: { secret: 'Slack', key: 'the url' } }))).toEqual([
      "[dfw/admin] 'notify' is 'the url': write a Secret's key: letters, digits, '-', '_' and '.'",
      "[dfw/admin] 'notify' is 'Slack': write a Secret's name after the site's: lower-case letters, digits, '-' and '.'",
    ]);
  });

  test("a dead man's switch alone", () => {
    const watchdog = Notify.webhook({ url: 'https://dead.example.net/1' });
    expect(problems(new Admin(newSite(), 'admin', { ram: Size.mebibytes(512), watchdog }))).toEqual([
      "[dfw/admin] 'watchdog' is an object of Notify: it needs 'notify', too; add that",
    ]);
  });
});

const all = admin({
  notify: [
    Notify.email({ to: ['a@example.org'], server: 'smtp.example.net', user: 'ams', password }),
    Notify.webhook({ url: 'https://hook.example.net/' }),
    Notify.slack({ secret: { secret: 'slack', key: 'url' } }),
    Notify.pagerDuty({ secret: { secret: 'pager', key: 'key' } }),
  ],
  watchdog: Notify.webhook({ url: 'https://dead.example.net/1' }),
});

testWith('amtool')('Alertmanager takes the configuration', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'amtool-')), 'alertmanager.yml');
  writeFileSync(path, file(all, 'alertmanager.yml'));
  expect(execFileSync('amtool', ['check-config', path], { encoding: 'utf8' })).toContain('SUCCESS');
});

withPromtool('notify-rules.yml', () => ({
  'prometheus.yml': file(all, 'prometheus.yml'),
  'rules.yml': file(all, 'rules.yml'),
}));
