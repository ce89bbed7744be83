import type { Config, Place } from '../../agent/config';
import type { Json, Kube } from '../../agent/kube';
import { KubeError } from '../../agent/kube';
import { Pods } from '../../agent/pods';
import { ROLE_LABEL } from '../../contract/labels';

const CONFIG = { namespace: 'dfw', pods: ['db-1', 'db-2', 'db-3'] } as unknown as Config;
const OWN: Place = { pod: 'db-1', address: '10.0.0.1', node: 'node1' };

function pod(address: string | undefined, role?: string): Json {
  return {
    metadata: { labels: role === undefined ? {} : { [ROLE_LABEL]: role } },
    spec: { nodeName: 'node9' },
    status: { podIP: address },
  };
}

/** An API server with these pods by their names. */
function stage(pods: Record<string, Json>, fails?: number) {
  const patched: unknown[][] = [];
  const kube = {
    call: async (method: string, path: string, body?: Json, type?: string) => {
      if (method === 'PATCH') return void patched.push([path, body, type]);
      const name = path.split('/').at(-1)!;
      if (fails !== undefined) throw new KubeError(fails, 'no', undefined);
      if (!pods[name]) throw new KubeError(404, 'no', undefined);
      return pods[name];
    },
  } as unknown as Kube;
  return { pods: new Pods(kube, CONFIG, OWN), patched };
}

test('this pod is labelled active, and every other one standby, whatever each was', async () => {
  const { pods, patched } = stage({ 'db-1': pod('10.0.0.1'), 'db-2': pod('10.0.0.2', 'active'), 'db-3': pod('') });
  await pods.label();
  const label = (name: string, role: string) => [
    `/api/v1/namespaces/dfw/pods/${name}/status`,
    { metadata: { labels: { [ROLE_LABEL]: role } } },
    'application/merge-patch+json',
  ];
  expect(patched).toEqual([label('db-1', 'active'), label('db-2', 'standby'), label('db-3', 'standby')]);
});

test('a pod that has its label is left alone, and so is one that is gone', async () => {
  const { pods, patched } = stage({ 'db-1': pod('10.0.0.1', 'active'), 'db-2': pod('10.0.0.2', 'standby') });
  await pods.label();
  expect(patched).toEqual([]);
});

test('a pod that was active and is gone gets no label', async () => {
  const all: Record<string, Json> = { 'db-1': pod('10.0.0.1', 'active'), 'db-2': pod('10.0.0.2', 'active') };
  const { pods, patched } = stage(all);
  await pods.refresh();
  delete all['db-2'];
  await pods.label();
  expect(patched).toEqual([]);
});

test('the other pods are those with an address, each at its own', async () => {
  const all = { 'db-1': pod('10.0.0.1'), 'db-2': pod('10.0.0.2'), 'db-3': pod(undefined) };
  const { pods } = stage(all);
  await pods.refresh();
  expect(pods.others).toEqual([{ pod: 'db-2', address: '10.0.0.2', node: 'node9' }]);
});

test('a pod that is gone keeps no address, and one that is made anew has its new one', async () => {
  const all: Record<string, Json> = { 'db-2': pod('10.0.0.2'), 'db-3': pod('10.0.0.3') };
  const { pods } = stage(all);
  await pods.refresh();
  delete all['db-2'];
  all['db-3'] = pod('10.0.0.33');
  await pods.refresh();
  expect(pods.others.map(({ address }) => address)).toEqual(['10.0.0.33']);
});

test('addresses stay known while the API server fails, and the failure is told', async () => {
  const all = { 'db-2': pod('10.0.0.2') };
  const { pods } = stage(all);
  await pods.refresh();
  const known = pods.others;
  jest.spyOn(pods['kube'], 'call').mockRejectedValue(new KubeError(503, 'away', undefined));
  await expect(pods.refresh()).rejects.toThrow('away');
  expect(pods.others).toEqual(known);
});
