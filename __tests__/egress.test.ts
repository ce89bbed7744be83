import { Size, Testing } from 'cdk8s';
import {
  Admin,
  Balancer,
  Durability,
  JobQueue,
  JobWorkers,
  MySQLBackup,
  MySQLEngine,
  Egress,
  ReplicatedMySQL,
  Site,
  SiteProps,
  WebTier,
} from '../constructs';
import { Manifest, find, ofKind, problems, synth } from './support';

const ram = Size.gibibytes(1);
const PAIR = { ram, durability: Durability.PREFERRED, databases: ['forum'] };

function site(props: Partial<SiteProps> = {}): Site {
  return new Site(Testing.app(), 'dfw', { domain: 'example.org', ...props });
}

function wrong(outside: Egress): string[] {
  const made = site();
  const queue = JobQueue.theSchwartz({ database: new ReplicatedMySQL(made, 'db', PAIR) });
  new JobWorkers(made, 'jobs', { ram, queue, workers: [{ name: 'email', command: ['x'] }], egress: [outside] });
  return problems(made);
}

const NETWORK = "write addresses, as in '10.1.2.3/32' or '10.1.0.0/16'";
const PORT = 'write a port, from 1 to 65535';

test.each([0, 70_000, -1, 1.5])('a way out at port %d, which is none, is an error', (port) => {
  expect(wrong(Egress.port(port))).toEqual([`[dfw/jobs] 'egress' is ${port}: ${PORT}`]);
});

test.each(['smtp.example.org', '10.0.0.300/32', '10.0.0.3', '10.0.0.0/33', '10.0.0.0/08', 'fe80::/129'])(
  'a way out to %s, which is no network, is an error',
  (cidr) => {
    expect(wrong(Egress.network(cidr, 25))).toEqual([`[dfw/jobs] 'egress' is '${cidr}': ${NETWORK}`]);
  },
);

test.each(['10.0.0.3/32', '0.0.0.0/0', '2001:db8::/48', '::/0', 'fe80::1/128'])('%s is a network', (cidr) => {
  expect(wrong(Egress.network(cidr, 65_535))).toEqual([]);
});

test('the store of a backup is at a port, and its addresses are a network', () => {
  const made = site();
  const database = new ReplicatedMySQL(made, 'db', PAIR);
  new MySQLBackup(made, 'backup', { database, endpoint: 'https://s3.example.org:99999', bucket: 'abc', cidr: 'nope' });
  expect(problems(made)).toEqual([
    `[dfw/backup] 'endpoint' is 'https://s3.example.org:99999': ${PORT}`,
    `[dfw/backup] 'cidr' is 'nope': ${NETWORK}`,
  ]);
});

/** What asks the API server, but for an engine that an operator makes the servers of. */
function asking(props: Partial<SiteProps>): Manifest[] {
  const made = site(props);
  new ReplicatedMySQL(made, 'db', PAIR);
  new ReplicatedMySQL(made, 'big', { ram, databases: ['forum'], engine: MySQLEngine.innoDBCluster() });
  new Balancer(made, 'lb', { ram, web: new WebTier(made, 'web', { ram, image: 'example.org/forum:1' }) });
  new Admin(made, 'admin', { ram });
  return synth(made);
}

/** Those of the common distributions: what a cluster's own is, it does not tell. */
const API_SERVER_PORTS = [443, 6443, 8443, 16_443];

const NAMES = ['dfw-db-heartbeat', 'dfw-lb-heartbeat', 'dfw-big-members-to-api-server', 'dfw-admin-to-nodes'];

function rulesTo(port: number, objects: Manifest[]): Manifest[] {
  const policies = ofKind(objects, 'NetworkPolicy');
  const rules = policies.flatMap(({ metadata, spec }) => (spec.egress ?? []).map((each: Manifest) => [metadata, each]));
  return rules.filter(([, { ports }]) => ports.some((each: Manifest) => each.port === port));
}

test('where a site says which addresses its API server has, nothing that asks it may connect to others at its ports', () => {
  const objects = asking({ apiServer: ['10.96.0.1/32', '192.0.2.10/32'] });
  const to = ['10.96.0.1/32', '192.0.2.10/32'].map((cidr) => ({ ipBlock: { cidr } }));
  const ports = API_SERVER_PORTS.map((port) => ({ port, protocol: 'TCP' }));
  const rules = rulesTo(6443, objects);
  expect(new Set(rules.map(([{ name }]) => name))).toEqual(new Set(NAMES));
  for (const [, rule] of rules) expect(rule).toEqual({ to, ports });
  expect(find(objects, 'NetworkPolicy', 'dfw-admin-to-nodes').spec.egress[1].ports).toEqual([
    { port: 10_250, protocol: 'TCP' },
  ]);
});

test('else they may connect to any address at those, and at no other port', () => {
  const rules = rulesTo(6443, asking({}));
  expect(new Set(rules.map(([{ name }]) => name))).toEqual(new Set(NAMES));
  for (const [{ name }, { ports }] of rules)
    expect(ports.map(({ port }: Manifest) => port)).toEqual(
      name === 'dfw-admin-to-nodes' ? [...API_SERVER_PORTS, 10_250] : API_SERVER_PORTS,
    );
});

test('addresses of an API server that are none are an error, and so is a list of none, which would open all', () => {
  expect(problems(site({ apiServer: ['kubernetes.default.svc'] }))).toEqual([
    `[dfw] 'apiServer' is 'kubernetes.default.svc': ${NETWORK}`,
  ]);
  expect(problems(site({ apiServer: [] }))).toEqual(["[dfw] 'apiServer' is []: name one or more, or leave it out"]);
});
