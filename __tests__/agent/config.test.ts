import { parseConfig, parsePlace } from '../../agent/config';

const GOOD = {
  namespace: 'dfw',
  name: 'lb',
  pods: ['lb-1', 'lb-2'],
  port: 7911,
  timings: { leaseMs: 1000, renewMs: 250, giveUpMs: 800 },
  strict: false,
  handover: { withinMs: 6000, settleMs: 1000 },
  check: { everyMs: 250, timeoutMs: 250, failures: 2 },
  engine: { kind: 'tcp', port: 80 },
};

test('a good configuration is taken as it is', () => expect(parseConfig(JSON.stringify(GOOD))).toEqual(GOOD));

test.each<[string, object]>([
  ['namespace must name the namespace', { namespace: '' }],
  ['name must name the lease', { name: '' }],
  ['pods must name two pods or more', { pods: ['lb-1'] }],
  ['pods must name two pods or more', { pods: ['lb-1', 'lb-1'] }],
  ['port must be a port number', { port: '80' }],
  ['timings.leaseMs must be whole seconds', { timings: { ...GOOD.timings, leaseMs: 1900 } }],
  ['timings.leaseMs must be whole seconds', { timings: { ...GOOD.timings, leaseMs: 0 } }],
  ['timings.giveUpMs must be at most 0.8 of leaseMs', { timings: { ...GOOD.timings, giveUpMs: 900 } }],
  ['timings.renewMs must fit three times into giveUpMs', { timings: { ...GOOD.timings, renewMs: 300 } }],
  ['check must have', { check: { ...GOOD.check, failures: 0 } }],
  ['handover must have', { handover: { withinMs: 0, settleMs: 0 } }],
  ['engine.kind must name', { engine: {} }],
])('refuses with: %s', (text, change) => {
  expect(() => parseConfig(JSON.stringify({ ...GOOD, ...change }))).toThrow(text);
});

test('a pod has to know its name, address and node, and be one of the pair', () => {
  const config = parseConfig(JSON.stringify(GOOD));
  const env = { POD_NAME: 'lb-1', POD_IP: '10.0.0.1', NODE_NAME: 'n1' };
  expect(parsePlace(env, config)).toEqual({ pod: 'lb-1', address: '10.0.0.1', node: 'n1' });
  expect(() => parsePlace({ ...env, NODE_NAME: '' }, config)).toThrow('NODE_NAME must be set');
  expect(() => parsePlace({ ...env, POD_NAME: 'web-1' }, config)).toThrow('POD_NAME must be one of pods');
});
