import type { Writable } from 'node:stream';
import { askPod } from '../cli/port';
import type { Forwarder } from '../cli/port';
import type { Cluster } from '../cli/cluster';
import { AskAgent, pairOf, switchover as handOver } from '../cli/switchover';

const set = (site: string, role: string) => ({
  metadata: {
    name: `${site}-${role}`,
    namespace: site,
    labels: { 'app.kubernetes.io/name': role, 'app.kubernetes.io/part-of': site },
  },
  spec: { selector: { matchLabels: { 'app.kubernetes.io/name': role } } },
});
const pod = (site: string, name: string, part?: string) => ({
  metadata: { name, namespace: site, labels: part === undefined ? {} : { 'cdk8s-slices/instance-role': part } },
});
const PAIR = [pod('dfw', 'dfw-db-1', 'standby'), pod('dfw', 'dfw-db-2', 'active'), pod('ams', 'ams-db-1', 'active')];

function cluster(sets: object[], pods: object[]): Cluster {
  return {
    statefulSets: async (selector: string) => {
      const [, site] = /part-of in \((\w+)\)/.exec(selector) ?? [];
      return sets.filter((each) => site === undefined || (each as ReturnType<typeof set>).metadata.namespace === site);
    },
    deployments: async () => [],
    pods: async () => pods,
  } as unknown as Cluster;
}

const switchover = async (of: Cluster, ask: AskAgent, role: string, site?: string) =>
  handOver(await pairOf(of, role, site), ask);

const DONE = { status: 200, body: '{"done":true,"reason":"dfw-db-1 is active","ms":430}' };

test('the active one is asked, and it says who is active and how long it took', async () => {
  const asked: string[] = [];
  const ask = async (...words: string[]) => (asked.push(words.join(' ')), DONE);
  await expect(switchover(cluster([set('dfw', 'db')], PAIR), ask, 'db')).resolves.toBe(
    'dfw-db-1 is active instead of dfw-db-2, 430 ms after it was asked',
  );
  expect(asked).toEqual(['dfw dfw-db-2 POST /switchover']);
});

test('where the other lacks something, nothing is done, and the reason is said', async () => {
  const body = '{"done":false,"reason":"no peer is ready to take over (dfw-db-1: it may lack something)","ms":9}';
  await expect(
    switchover(cluster([set('dfw', 'db')], PAIR), async () => ({ status: 503, body }), 'db'),
  ).rejects.toThrow('dfw-db-2 stays the active one: no peer is ready to take over (dfw-db-1: it may lack something)');
});

const SETS = [set('dfw', 'db'), set('ams', 'db'), set('dfw', 'web')];

test.each([
  [['mail'], SETS, "the cluster has no role 'mail'; write one of db, web"],
  [['db', 'ord'], SETS, "the site 'ord' has no role 'db'; it has none"],
  [['db'], SETS, "'db' is a role of ams and dfw; write the site, too: db ams"],
  [['web'], SETS, "'web' is not a pair of which one is active, so there is nothing to switch over"],
])('switchover %s is refused with a word on what to write', async ([role = '', site], sets, message) => {
  const pods = [pod('dfw', 'dfw-web-1')];
  await expect(switchover(cluster(sets, pods), async () => DONE, role, site)).rejects.toThrow(message);
});

test('a pair without an active one has nothing to switch over', async () => {
  const pods = [pod('dfw', 'dfw-db-1', 'standby'), pod('dfw', 'dfw-db-2', 'standby')];
  await expect(switchover(cluster([set('dfw', 'db')], pods), async () => DONE, 'db')).rejects.toThrow(
    "no slice of 'db' is active now; 'cdk8s-slices status' says what each waits for",
  );
});

function forwarder(reply: (output: Writable, errors: Writable) => void) {
  const state = { asked: '', closed: false };
  const made: Forwarder = {
    portForward: async (namespace, name, [port], output, errors, input) => {
      input.on('data', (chunk) => {
        state.asked += `${namespace}/${name}:${port} ${String(chunk)}`;
        reply(output, errors);
      });
      return { close: () => void (state.closed = true) };
    },
  };
  return { made, state };
}

test('an answer that comes in pieces is put together, and the connection closed', async () => {
  const { made, state } = forwarder((output) => {
    output.write('HTTP/1.1 503 Service Unavailable\r\nx: y\r\n');
    output.write('\r\n{"done":');
    output.write('false}\n');
  });
  await expect(askPod(made, ['dfw', 'dfw-db-2'], 7911, 'POST /switchover', 1000)).resolves.toEqual({
    status: 503,
    body: '{"done":false}',
  });
  expect(state.asked).toContain('dfw/dfw-db-2:7911 POST /switchover HTTP/1.0\r\n');
  expect(state.closed).toBe(true);
});

test('a port that nobody listens at, and an agent that is silent, are told', async () => {
  const refused = forwarder((_, errors) => void errors.write('connection refused\n'));
  await expect(askPod(refused.made, ['dfw', 'dfw-db-2'], 7911, 'POST /switchover', 1000)).rejects.toThrow(
    'port 7911 of dfw-db-2 cannot be reached: connection refused',
  );
  const silent = forwarder(() => undefined);
  await expect(askPod(silent.made, ['dfw', 'dfw-db-2'], 7911, 'POST /switchover', 50)).rejects.toThrow(
    'dfw-db-2 did not answer within 0.05 s',
  );
  expect(silent.state.closed).toBe(true);
});
