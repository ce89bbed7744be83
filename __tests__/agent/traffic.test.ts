import type { Config } from '../../agent/config';
import type { Json } from '../../agent/kube';
import { KubeError } from '../../agent/kube';
import { Pods } from '../../agent/pods';
import { Outranked, Traffic } from '../../agent/traffic';

interface Slice {
  readonly metadata: { readonly resourceVersion: string; readonly annotations: Record<string, string> };
  readonly endpoints: { readonly targetRef: { readonly name: string } }[];
}

const CONFIG = { namespace: 'n', pods: ['web-1', 'web-2'] } as unknown as Config;
const TRAFFIC = { endpointSlice: 's', service: 's', ports: [], everyone: false };
const to = (pod: string) => ({ ready: [{ pod, address: '10.0.0.1', node: 'n' }], leaving: [] });

/** One EndpointSlice, as the API server keeps it; a write waits for `late`. */
function api() {
  const state = { stored: undefined as Slice | undefined, version: 700 };
  const traffic = (late: Promise<void> = Promise.resolve()) => {
    const call = async (method: string, _: string, body?: Slice) => {
      if (method === 'GET') {
        if (!state.stored) throw new KubeError(404, '', undefined);
        return structuredClone(state.stored) as unknown as Json;
      }
      await late;
      const from = body!.metadata.resourceVersion;
      if (state.stored && from && from !== state.stored.metadata.resourceVersion)
        throw new KubeError(409, '', undefined);
      const metadata = { ...body!.metadata, resourceVersion: String(++state.version) };
      state.stored = structuredClone({ ...body!, metadata });
      return state.stored as unknown as Json;
    };
    return new Traffic({ call } as never, CONFIG, TRAFFIC);
  };
  const leadsTo = () => state.stored!.endpoints.map(({ targetRef }) => targetRef.name);
  return { state, traffic, leadsTo };
}

test('a late write of a former holder is refused, also where it is the first of all', async () => {
  const { traffic, leadsTo } = api();
  let send = () => undefined as void;
  // Stopped before its write is sent, when there was no EndpointSlice yet.
  const late = traffic(new Promise((resolve) => (send = resolve)))
    .point(1, to('web-1'))
    .catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await traffic().point(2, to('web-2'));
  send();
  expect(await late).toBeInstanceOf(KubeError);
  expect(leadsTo()).toEqual(['web-2']);
});

test('a holder whose term is below the one that was written hears of it', async () => {
  const { traffic } = api();
  await traffic().point(5, to('web-2'));
  await expect(traffic().point(4, to('web-1'))).rejects.toThrow(Outranked);
});

test('a term that no Lease can have was not written by an agent, and is overwritten', async () => {
  const { state, traffic, leadsTo } = api();
  await traffic().point(1, to('web-2'));
  for (const wrong of ['1e15', '2147483647', 'NaN', '1.5']) {
    (state.stored!.metadata.annotations as Record<string, string>)['cdk8s-slices/term'] = wrong;
    await traffic().point(3, to('web-1'));
    expect(leadsTo()).toEqual(['web-1']);
    expect(state.stored!.metadata.annotations['cdk8s-slices/term']).toBe('3');
  }
});

test('the active pod is labelled so, every other is a standby, and no right to the pods’ specification is used', async () => {
  const labels: Record<string, string | undefined> = { 'web-1': undefined, 'web-2': 'active' };
  const written: [string, string][] = [];
  const call = async (method: string, path: string, body?: Json) => {
    const pod = /pods\/([\w-]+)/.exec(path)![1]!;
    if (method === 'PATCH') {
      written.push([path.replace(/.*pods/, 'pods'), JSON.stringify(body)]);
      labels[pod] = (body as { metadata: { labels: Record<string, string> } }).metadata.labels[
        'cdk8s-slices/instance-role'
      ];
    }
    const role = labels[pod];
    return {
      metadata: { labels: role === undefined ? {} : { 'cdk8s-slices/instance-role': role } },
      status: { podIP: '10.0.0.1' },
      spec: { nodeName: 'n' },
    };
  };
  const pods = new Pods({ call } as never, CONFIG, { pod: 'web-1', address: '10.0.0.1', node: 'n' });
  await pods.label();
  expect(labels).toEqual({ 'web-1': 'active', 'web-2': 'standby' });
  const patch = (role: string) => JSON.stringify({ metadata: { labels: { 'cdk8s-slices/instance-role': role } } });
  expect(written).toEqual([
    ['pods/web-1/status', patch('active')],
    ['pods/web-2/status', patch('standby')],
  ]);
  await pods.label();
  expect(written).toHaveLength(2);
});
