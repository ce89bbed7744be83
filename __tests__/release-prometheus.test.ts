import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { Size } from 'cdk8s';
import { Connection } from '../cli/connection';
import { Manifest as CliManifest } from '../cli/manifests';
import { figuresOf } from '../cli/release/health';
import { WantedPrometheus, findPrometheus, wantedPrometheus } from '../cli/release/prometheus';
import { Admin, CachePool, Monitoring, OperatorMonitoringProps } from '../constructs';
import { serve } from './servers';
import { newSite, problems, synth } from './support';

const ram = Size.mebibytes(512);

function admin(props?: OperatorMonitoringProps): Admin {
  const site = newSite();
  new CachePool(site, 'memc', { ram });
  return new Admin(site, 'admin', { ram, ...(props && { monitoring: Monitoring.operator(props) }) });
}

/** A pod as an operator makes it. */
const operated = (namespace: string, name: string, { ready = true, args = [] as string[], port = 9090 } = {}) => ({
  metadata: {
    namespace,
    name: `prometheus-${name}-0`,
    labels: { 'app.kubernetes.io/name': 'prometheus', 'operator.prometheus.io/name': name },
  },
  spec: {
    containers: [
      { name: 'prometheus', args, ports: [{ name: 'web', containerPort: port }] },
      { name: 'config-reloader', ports: [{ containerPort: 8080 }] },
    ],
  },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});

const ownPod = {
  metadata: {
    namespace: 'dfw',
    name: 'dfw-admin-1',
    labels: { 'app.kubernetes.io/managed-by': 'cdk8s-slices', 'app.kubernetes.io/part-of': 'dfw' },
  },
  spec: { containers: [{ name: 'prometheus', ports: [{ containerPort: 9090 }] }] },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

type Pod = ReturnType<typeof operated> | typeof ownPod;

/** A cluster with these pods, and what was asked of them. Namespaces may be forbidden. */
function cluster(pods: Pod[], forbidden: string[] = []) {
  const asked: string[] = [];
  const matches = (pod: Pod, selector: string) =>
    selector.split(',').every((each) => {
      const [, label = '', value] = /^(\S+?)(?:=| in \()([^)]*)\)?$/.exec(each) ?? [];
      return (pod.metadata.labels as Record<string, string>)[label] === value;
    });
  class PortForward {
    public async portForward(
      namespace: string,
      pod: string,
      [port]: number[],
      output: Writable,
      _errors: Writable,
      input: Readable,
    ) {
      input.once('data', (request) => {
        asked.push(`${namespace}/${pod}:${port} ${decodeURIComponent(String(request).split(' ')[1]!)}`);
        output.write(`HTTP/1.0 200 OK\r\n\r\n${ANSWER}`);
      });
      return { close: () => undefined };
    }
  }
  const core = {
    listNamespacedPod: async ({ namespace, labelSelector }: { namespace: string; labelSelector: string }) => {
      if (forbidden.includes(namespace))
        throw Object.assign(new Error('no'), { code: 403, body: { message: `pods is forbidden in ${namespace}` } });
      return { items: pods.filter((pod) => pod.metadata.namespace === namespace && matches(pod, labelSelector)) };
    },
  };
  const connection = { client: { PortForward, CoreV1Api: {} }, config: { makeApiClient: () => core } };
  return { connection: connection as unknown as Connection, asked };
}

const ANSWER = JSON.stringify({ status: 'success', data: { result: [{ metric: {}, value: [1, '0.25'] }] } });

async function found(
  pods: Pod[],
  {
    props,
    wanted,
    forbidden,
  }: { props?: OperatorMonitoringProps; wanted?: WantedPrometheus; forbidden?: string[] } = {},
) {
  const { connection, asked } = cluster(pods, forbidden);
  const notes: string[] = [];
  const manifests = synth(admin(props)) as unknown as CliManifest[];
  const site = { sites: ['dfw'], namespaces: ['dfw'], manifests };
  const prometheus = await findPrometheus(connection, site, wanted, (line) => notes.push(line));
  const errors = await figuresOf(prometheus).errors();
  return { errors, asked, notes };
}

test("a site with a Prometheus of its own is asked there, and all of that one's series are the site's", async () => {
  const { errors, asked, notes } = await found([operated('monitoring', 'k8s'), ownPod]);
  expect([errors, notes]).toEqual([0.25, []]);
  expect(asked[0]).toMatch(/^dfw\/dfw-admin-1:9090 \/api\/v1\/query\?query=/);
  expect(asked[0]).not.toContain('site=~');
});

test("a site that an operator's Prometheus watches is asked there, for its own series alone", async () => {
  const { errors, asked, notes } = await found([operated('monitoring', 'k8s'), operated('other', 'k8s')], {
    props: {},
  });
  expect([errors, notes]).toEqual([0.25, []]);
  expect(asked[0]).toMatch(/^monitoring\/prometheus-k8s-0:9090 \/api\/v1\/query\?query=/);
  expect(asked[0]).toContain('nginx_http_requests_total{site=~"dfw"}');
});

test('its port and its prefix are those of its container', async () => {
  const pod = operated('monitoring', 'k8s', { port: 9091, args: ['--a=b', '--web.route-prefix=/prometheus/'] });
  const { asked } = await found([pod], { props: {} });
  expect(asked[0]).toMatch(/^monitoring\/prometheus-k8s-0:9091 \/prometheus\/api\/v1\/query/);
  const plain = operated('monitoring', 'k8s', { args: ['--web.route-prefix=/'] });
  expect((await found([plain], { props: {} })).asked[0]).toContain('9090 /api/v1/query');
});

test('one of several is named by the site, or by the command line', async () => {
  const pods = [operated('observe', 'a'), operated('observe', 'b')];
  const of = async (props: OperatorMonitoringProps, wanted?: WantedPrometheus) =>
    (await found(pods, { props, ...(wanted && { wanted }) })).asked[0]?.split(' ')[0];
  expect(await of({ namespace: 'observe', prometheus: 'b' })).toBe('observe/prometheus-b-0:9090');
  expect(await of({ namespace: 'elsewhere' }, { namespace: 'observe', name: 'a' })).toBe('observe/prometheus-a-0:9090');
  await expect(of({ namespace: 'observe' })).rejects.toThrow(
    "the namespace observe has several Prometheus (a, b): write --prometheus observe/a, or Monitoring.operator({ prometheus: 'a' })",
  );
});

test('a release goes on without it where it is away or may not be asked, and says why', async () => {
  const notesOf = async (pods: Pod[], forbidden: string[] = []) => {
    const { errors, notes } = await found(pods, { props: {}, forbidden });
    expect(errors).toBeUndefined();
    return notes;
  };
  const start = 'the Prometheus monitoring cannot be';
  expect(await notesOf([])).toEqual([
    `${start} asked: no pod there has the labels app.kubernetes.io/name=prometheus; write --prometheus NAMESPACE/NAME for another`,
  ]);
  expect(await notesOf([operated('monitoring', 'k8s', { ready: false })])).toEqual([
    `${start} asked: no pod of it is ready; write --prometheus NAMESPACE/NAME for another`,
  ]);
  expect(await notesOf([], ['monitoring'])).toEqual([
    `${start} found: the API server refuses (403): pods is forbidden in monitoring; write --prometheus https://… to ask it by its address`,
  ]);
});

test('one that the command line names has to be there', async () => {
  const wanted = { namespace: 'observe', name: 'k8s' };
  await expect(found([operated('observe', 'other')], { wanted })).rejects.toThrow(
    'the Prometheus observe/k8s cannot be asked: no pod there has the labels app.kubernetes.io/name=prometheus,operator.prometheus.io/name=k8s',
  );
});

test('one at an address is asked there, with its login', async () => {
  const heard: (string | undefined)[] = [];
  const { server, port } = await serve(({ url, headers }, response) => {
    heard.push(url?.split('?')[0], headers.authorization);
    response.end(ANSWER);
  });
  const wanted = wantedPrometheus(`http://fu:b%20r@127.0.0.1:${port}/select/0/prometheus/`);
  expect((await found([], { wanted })).errors).toBe(0.25);
  const basic = `Basic ${Buffer.from('fu:b r').toString('base64')}`;
  expect(heard).toEqual(['/select/0/prometheus/api/v1/query', basic]);
  server.close();
  await once(server, 'close');
  expect((await found([], { wanted })).errors).toBeUndefined();
});

test.each([
  ['<html>sign in</html>', 200],
  ['{"status":"error","error":"bad_data"}', 400],
  ['{"message":"not found"}', 200],
])('an answer %s is none of a Prometheus, and no share of errors', async (body, status) => {
  const { server, port } = await serve((_, response) => void response.writeHead(status).end(body));
  const wanted = wantedPrometheus(`http://127.0.0.1:${port}`);
  expect((await found([], { wanted })).errors).toBeUndefined();
  server.close();
});

test('it is written as a namespace, a namespace and a name, or an address', () => {
  expect(wantedPrometheus('monitoring')).toEqual({ namespace: 'monitoring' });
  expect(wantedPrometheus('monitoring/k8s')).toEqual({ namespace: 'monitoring', name: 'k8s' });
  for (const wrong of ['', 'a/b/c', 'Monitoring', 'https://', 'ftp://prometheus'])
    expect(() => wantedPrometheus(wrong)).toThrow(
      `'${wrong}' names no Prometheus; write NAMESPACE, NAMESPACE/NAME or an address`,
    );
});

test('the name of its resource is checked where the site has it', () => {
  expect(problems(admin({ prometheus: 'K8s' }))).toEqual([
    expect.stringMatching(/^\[dfw\/admin\] 'monitoring.prometheus' is 'K8s': write/),
  ]);
});
