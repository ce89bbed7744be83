import { parseConfig, parsePlace } from '../../agent/config';
import { CheckedEngine } from '../../agent/engine-check';

const GOOD = {
  namespace: 'dfw',
  name: 'lb',
  pods: ['lb-1', 'lb-2'],
  port: 7911,
  timings: { leaseMs: 1000, renewMs: 250, giveUpMs: 800 },
  requireLease: false,
  handover: { withinMs: 6000, settleMs: 1000 },
  check: { everyMs: 250, timeoutMs: 250, failures: 2 },
  engine: { kind: 'tcp', port: 80 },
};

const MYSQL = {
  kind: 'mysql',
  socket: '/run/mysqld.sock',
  fence: '/run',
  data: '/data',
  port: 3306,
  slices: { 'lb-1': 'lb01.dfw', 'lb-2': 'lb02.dfw' },
  durability: 'preferred',
  accounts: [{ user: 'agent', folder: '/secrets/agent', host: 'localhost' }],
};
const TRAFFIC = {
  service: 'lb-write',
  endpointSlice: 'lb-heartbeat',
  everyone: false,
  ports: [{ name: 'mysql', port: 3306, protocol: 'TCP' }],
};

test.each([
  ['a TCP check', GOOD],
  ['an HTTP check', { ...GOOD, engine: { kind: 'http', port: 80, path: '/' } }],
  ['MySQL', { ...GOOD, engine: MYSQL, traffic: TRAFFIC, reads: { ...TRAFFIC, ports: [] } }],
])('a good configuration of %s is taken as it is', (_, config) => {
  expect(parseConfig(JSON.stringify(config))).toEqual(config);
});

test.each<[string, object]>([
  ['namespace must name the namespace', { namespace: '' }],
  ['name must name the Lease', { name: '' }],
  ['pods must name two different pods or more', { pods: ['lb-1'] }],
  ['pods must name two different pods or more', { pods: ['lb-1', 'lb-1'] }],
  ['pods must name two different pods or more', { pods: ['lb-1', 'lb-2', 'lb-1'] }],
  ['pods must be a list', { pods: 'lb-1' }],
  ['port must be a port number', { port: '80' }],
  ['timings.leaseMs must be whole seconds', { timings: { ...GOOD.timings, leaseMs: 1900 } }],
  ['timings.leaseMs must be whole seconds', { timings: { ...GOOD.timings, leaseMs: 0 } }],
  ['timings.leaseMs must be a whole number', { timings: { ...GOOD.timings, leaseMs: '1000' } }],
  ['timings.giveUpMs must be at most 0.8 of leaseMs', { timings: { ...GOOD.timings, giveUpMs: 801 } }],
  ['timings.renewMs must fit three times into giveUpMs', { timings: { ...GOOD.timings, renewMs: 267 } }],
  ['timings.renewMs must fit three times into giveUpMs', { timings: { ...GOOD.timings, renewMs: 0 } }],
  ['check.failures must be a whole number, at least 1', { check: { ...GOOD.check, failures: 0 } }],
  ['check.everyMs must be a whole number, at least 1', { check: { ...GOOD.check, everyMs: 0 } }],
  ['handover.withinMs must be a whole number, at least 1', { handover: { withinMs: 0, settleMs: 0 } }],
  ['requireLease must be true or false', { requireLease: 'no' }],
  ["engine.kind must be 'tcp' or 'http' or 'mysql' or 'valkey', got undefined", { engine: {} }],
  ['engine.port must be a port number', { engine: { kind: 'tcp', port: 0 } }],
  ['engine.path must be a path', { engine: { kind: 'http', port: 80 } }],
  [
    "engine.durability must be 'preferred' or 'required', got \"PREFERRED\"",
    { engine: { ...MYSQL, durability: 'PREFERRED' } },
  ],
  [
    "engine.durability must be 'preferred' or 'required', got undefined",
    { engine: { ...MYSQL, durability: undefined } },
  ],
  [
    "traffic.ports[0].protocol must be 'TCP'",
    { traffic: { ...TRAFFIC, ports: [{ name: '', port: 80, protocol: 'tcp' }] } },
  ],
])('refuses with: %s', (message, change) => {
  expect(() => parseConfig(JSON.stringify({ ...GOOD, ...change }))).toThrow(message);
});

test.each<[string, object]>([
  ['strickt', { ...GOOD, strickt: true }],
  ['timings.leaseMS', { ...GOOD, timings: { ...GOOD.timings, leaseMS: 2000 } }],
  ['handover.setleMs', { ...GOOD, handover: { ...GOOD.handover, setleMs: 0 } }],
  ['check.failure', { ...GOOD, check: { ...GOOD.check, failure: 2 } }],
  ['engine.checkPath', { ...GOOD, engine: { kind: 'tcp', port: 80, checkPath: '/' } }],
  ['engine.durabilty', { ...GOOD, engine: { ...MYSQL, durabilty: 'required' } }],
  [
    'engine.accounts[0].passwort',
    { ...GOOD, engine: { ...MYSQL, accounts: [{ user: 'a', folder: '/a', passwort: 'b' }] } },
  ],
  ['traffic.everybody', { ...GOOD, traffic: { ...TRAFFIC, everybody: true } }],
  [
    'traffic.ports[0].targetPort',
    { ...GOOD, traffic: { ...TRAFFIC, ports: [{ ...TRAFFIC.ports[0], targetPort: 1 }] } },
  ],
])('refuses a key that no agent reads, such as %s', (key, config) => {
  expect(() => parseConfig(JSON.stringify(config))).toThrow(`${key} is not a key of the configuration`);
});

test('a file that is cut off is refused by name', () => {
  expect(() => parseConfig('{"namespace": "df')).toThrow("the agent's configuration is not JSON");
});

test('an agent whose program is for another engine does not start', () => {
  expect(() => new CheckedEngine(parseConfig(JSON.stringify({ ...GOOD, engine: MYSQL })))).toThrow(
    "engine.kind must be 'tcp' or 'http'",
  );
});

test('a pod has to know its name, address and node, and be one of the pair', () => {
  const config = parseConfig(JSON.stringify(GOOD));
  const env = { POD_NAME: 'lb-1', POD_IP: '10.0.0.1', NODE_NAME: 'n1' };
  expect(parsePlace(env, config)).toEqual({ pod: 'lb-1', address: '10.0.0.1', node: 'n1' });
  expect(() => parsePlace({ ...env, NODE_NAME: '' }, config)).toThrow('NODE_NAME must be set');
  expect(() => parsePlace({ ...env, POD_NAME: 'web-1' }, config)).toThrow('POD_NAME must be one of pods');
});
