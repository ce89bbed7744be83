import type { Kube } from '../../agent/kube';
import { KubeLease } from '../../agent/lease';
import { Conflict } from '../../agent/lock';
import { Outranked, Traffic } from '../../agent/traffic';
import type { Config } from '../../agent/config';
import { CUT, SILENT, ScriptedApiServer, inOrder } from './api-server';
import type { Reply } from './api-server';

const server = new ScriptedApiServer();
let kube: Kube;
beforeAll(async () => {
  kube = await server.start();
});
beforeEach(() => (server.calls.length = 0));
afterAll(() => server.stop());

const OK: Reply = { status: 200, body: { fine: true } };
const always = () => true;

test('a token that the server does not take any more is read again, and the call repeated once', async () => {
  server.script = ({ token }) => (token === 'second' ? OK : { status: 401 });
  await expect(kube.call('GET', '/a')).rejects.toThrow('401');
  server.setToken('second');
  await expect(kube.call('GET', '/a')).resolves.toEqual({ fine: true });
});

test.each<[string, Reply]>([
  ['409', { status: 409 }],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '0.01' } }],
  ['500', { status: 500 }],
  ['503', { status: 503 }],
  ['a cut connection', CUT],
  ['no answer', SILENT],
])('%s is tried again until it is done', async (_, bad) => {
  server.script = inOrder(bad, bad, OK);
  await expect(kube.persist(() => kube.call('GET', '/a'), always)).resolves.toEqual({ fine: true });
  expect(server.calls).toHaveLength(3);
});

test('what was refused for good is not tried again', async () => {
  server.script = () => ({ status: 403, body: { message: 'not yours' } });
  await expect(kube.persist(() => kube.call('GET', '/a'), always)).rejects.toThrow('403 not yours');
  expect(server.calls).toHaveLength(1);
});

test('tries are bounded', async () => {
  server.script = () => ({ status: 409 });
  await expect(kube.persist(() => kube.call('GET', '/a'), always)).rejects.toThrow('409');
  expect(server.calls).toHaveLength(7);
});

test('nothing is tried again once it is not wanted any more', async () => {
  server.script = () => ({ status: 500 });
  await expect(
    kube.persist(
      () => kube.call('GET', '/a'),
      () => false,
    ),
  ).rejects.toThrow('500');
  expect(server.calls).toHaveLength(1);
});

test('an answer that is no json is an empty one, and does no harm', async () => {
  server.script = () => (response) => response.end('<html>');
  await expect(kube.call('GET', '/a')).resolves.toEqual({});
});

// --- the Lease ---

const stored = (holder?: string, more: object = {}) => ({
  metadata: {
    name: 'lb',
    resourceVersion: '7',
    labels: { theirs: 'kept' },
    annotations: { theirs: 'kept', 'cdk8s-slices/pod': 'lb-1' },
    managedFields: [],
  },
  spec: { ...(holder ? { holderIdentity: holder } : {}), leaseTransitions: 3, acquireTime: 'then', ...more },
});
const lease = () => new KubeLease(kube, 'dfw', 'lb', 1);

test('a lease is read with its term, version and facts; a missing one is none', async () => {
  server.script = inOrder({ status: 200, body: stored('lb-1_a') }, { status: 404 });
  expect(await lease().read()).toMatchObject({ holder: 'lb-1_a', term: 3, version: '7', facts: { pod: 'lb-1' } });
  expect(await lease().read()).toBeUndefined();
});

test('a write names the version it changes, keeps what is not its own, and removes what is undefined', async () => {
  server.script = inOrder({ status: 200, body: stored('lb-1_a') }, { status: 200, body: stored('lb-2_b') });
  const before = await lease().read();
  await lease().write({ holder: 'lb-2_b', term: 4, facts: { pod: undefined, node: 'n2' } }, before);
  const { metadata, spec } = server.calls[1]!.body;
  expect(metadata.resourceVersion).toBe('7');
  expect(metadata.labels).toEqual({ theirs: 'kept' });
  expect(metadata.annotations).toEqual({ theirs: 'kept', 'cdk8s-slices/node': 'n2' });
  expect(metadata.managedFields).toBeUndefined();
  expect(spec).toMatchObject({ holderIdentity: 'lb-2_b', leaseTransitions: 4, leaseDurationSeconds: 1 });
});

test('a renewal keeps the time of acquisition, a release has no holder', async () => {
  server.script = () => ({ status: 200, body: stored('lb-1_a') });
  const before = await lease().read();
  await lease().write({ holder: 'lb-1_a', term: 3, facts: {} }, before);
  await lease().write({ holder: '', term: 3, facts: {} }, before);
  expect(server.calls[1]!.body.spec.acquireTime).toBe('then');
  expect('holderIdentity' in server.calls[2]!.body.spec).toBe(false);
});

test('a lease without a holder is a released one where the release says so, of that very term', async () => {
  const annotated = (released: string) => ({
    ...stored(),
    metadata: { ...stored().metadata, annotations: { 'cdk8s-slices/released': released } },
  });
  server.script = inOrder(
    { status: 200, body: stored() },
    { status: 200, body: annotated('2') },
    { status: 200, body: annotated('3') },
    { status: 200, body: stored('lb-1_a') },
  );
  const cleared: unknown[] = [];
  for (let count = 0; count < 4; count++) cleared.push((await lease().read())!.cleared);
  expect(cleared).toEqual([true, true, undefined, undefined]);
});

test.each([409, 404, 422])('%i to a write is a conflict', async (status) => {
  server.script = () => ({ status });
  await expect(lease().write({ holder: 'a', term: 1, facts: {} }, undefined)).rejects.toThrow(Conflict);
});

test('a watch tells changes and the removal, and ends once when the connection does', async () => {
  const told: unknown[] = [];
  let ends = 0;
  server.script = () => (response) => {
    response.write(JSON.stringify({ type: 'MODIFIED', object: stored('lb-2_b') }) + '\n' + '{"type":"DEL');
    setTimeout(() => response.end(`ETED","object":${JSON.stringify(stored())}}\n`), 20);
  };
  await new Promise<void>((resolve) => {
    lease().watch(
      undefined,
      (changed) => told.push(changed?.holder),
      () => {
        ends++;
        setTimeout(resolve, 50);
      },
    );
  });
  expect(told).toEqual(['lb-2_b', undefined]);
  expect(ends).toBe(1);
  expect(server.calls[0]!.path).toContain('fieldSelector=metadata.name%3Dlb');
});

test.each<[string, Reply]>([
  ['a version too old', (response) => response.end('{"type":"ERROR","object":{"code":410}}\n')],
  ['a refusal', { status: 403 }],
  ['a cut connection', CUT],
])('a watch ends at %s', async (_, reply) => {
  server.script = () => reply;
  await new Promise<void>((resolve) => lease().watch(undefined, () => undefined, resolve));
});

// --- the EndpointSlice ---

const config = { namespace: 'dfw' } as Config;
const traffic = () =>
  new Traffic(kube, config, {
    service: 'lb-active',
    endpointSlice: 'lb-heartbeat',
    everyone: false,
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  });
const place = (number: number) => ({ pod: `lb-${number}`, address: `10.0.0.${number}`, node: `node${number}` });
const slice = (term: number) => ({
  metadata: { resourceVersion: '9', annotations: { 'cdk8s-slices/term': String(term) } },
  endpoints: [],
  ports: [],
});

test('a missing slice is made by name; the one that leaves is named as still serving', async () => {
  server.script = ({ method }) => ({ status: method === 'GET' ? 404 : 201 });
  await traffic().point(4, { ready: [place(2)], leaving: [place(1)] });
  const { method, path, contentType, body } = server.calls[1]!;
  expect([method, path.split('?')[1], contentType]).toEqual([
    'PATCH',
    'fieldManager=heartbeat&force=true',
    'application/apply-patch+yaml',
  ]);
  expect(body.metadata.labels['kubernetes.io/service-name']).toBe('lb-active');
  expect(body.endpoints).toEqual([
    {
      addresses: ['10.0.0.2'],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'node2',
      targetRef: { kind: 'Pod', name: 'lb-2', namespace: 'dfw' },
    },
    {
      addresses: ['10.0.0.1'],
      conditions: { ready: false, serving: true, terminating: true },
      nodeName: 'node1',
      targetRef: { kind: 'Pod', name: 'lb-1', namespace: 'dfw' },
    },
  ]);
});

test('a slice that is there is changed at the version that was read', async () => {
  server.script = () => ({ status: 200, body: slice(3) });
  await traffic().point(4, { ready: [place(2)], leaving: [] });
  expect(server.calls[1]).toMatchObject({
    method: 'PUT',
    body: { metadata: { resourceVersion: '9', annotations: { 'cdk8s-slices/term': '4' } } },
  });
});

test('a former holder does not overwrite what a later one wrote', async () => {
  server.script = () => ({ status: 200, body: slice(5) });
  await expect(traffic().point(4, { ready: [place(2)], leaving: [] })).rejects.toThrow(Outranked);
  expect(server.calls).toHaveLength(1);
});

test('what already leads there is not written again', async () => {
  server.script = inOrder({ status: 200, body: slice(4) }, { status: 200 });
  await traffic().point(4, { ready: [place(2)], leaving: [] });
  const written = server.calls[1]!.body;
  server.script = () => ({ status: 200, body: written });
  await traffic().point(4, { ready: [place(2)], leaving: [] });
  expect(server.calls.map(({ method }) => method)).toEqual(['GET', 'PUT', 'GET']);
});
