import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, Include, JsonPatch, Size, Testing } from 'cdk8s';
import * as plus27 from 'cdk8s-plus-27';
import * as plus34 from 'cdk8s-plus-34';
import {
  CachePool,
  Durability,
  Egress,
  OwnWorkload,
  OwnWorkloadProps,
  ReplicatedMySQL,
  Site,
  k8s,
} from '../constructs';
import { WebServer, WebTier } from '../constructs';
import { violations } from '../constructs/own/pod-security';
import { Manifest, find, newSite, ofKind, problems, synth } from './support';

const limits = (memory: string) => ({ limits: { memory: k8s.Quantity.fromString(memory) } });

function database(site: Site): ReplicatedMySQL {
  const durability = Durability.PREFERRED;
  return new ReplicatedMySQL(site, 'db', { ram: Size.gibibytes(1), durability, databases: ['site'] });
}

function chartOf(site: Site, id = 'search', namespace: string | undefined = site.namespace): Chart {
  return new Chart(site.node.scope as App, id, namespace === undefined ? {} : { namespace });
}

/** A Deployment without anything that could be left out. */
function plain(chart: Chart, container: Partial<k8s.Container> = {}, pod: Partial<k8s.PodSpec> = {}): ApiObject {
  const labels = { app: 'search' };
  return new k8s.KubeDeployment(chart, 'deployment', {
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: 'search:1', resources: limits('64Mi'), ...container }], ...pod },
      },
    },
  });
}

/** Faults of a plain Deployment that has joined a site. */
function problemsOf(
  container: Partial<k8s.Container> = {},
  pod: Partial<k8s.PodSpec> = {},
  props: Partial<OwnWorkloadProps> = {},
): string[] {
  const site = newSite();
  const workload = plain(chartOf(site), container, pod);
  new OwnWorkload(site, 'search', { workload, ...props });
  return problems(site);
}

const templateIn = ({ spec }: Manifest) => spec.jobTemplate?.spec.template ?? spec.template;

/** The workloads that each maker makes, with one container that may take 64 MiB. */
const WORKLOADS: Record<string, (chart: Chart) => ApiObject | plus27.Workload | plus34.Workload | Include> = {
  ...Object.fromEntries(
    Object.entries({ 27: plus27, 34: plus34 as unknown as typeof plus27 }).flatMap(([version, plus]) => {
      const memory = { request: Size.mebibytes(32), limit: Size.mebibytes(64) };
      const containers = [{ name: 'main', image: 'search:1', resources: { memory } }];
      const service = (chart: Chart) => new plus.Service(chart, 'service', { ports: [{ port: 80 }] });
      return Object.entries({
        Deployment: (chart: Chart) => new plus.Deployment(chart, 'made', { containers }),
        StatefulSet: (chart: Chart) => new plus.StatefulSet(chart, 'made', { containers, service: service(chart) }),
        DaemonSet: (chart: Chart) => new plus.DaemonSet(chart, 'made', { containers }),
        Job: (chart: Chart) => new plus.Job(chart, 'made', { containers }),
        CronJob: (chart: Chart) =>
          new plus.CronJob(chart, 'made', { containers, schedule: { expressionString: '0 0 * * *' } as never }),
      }).map(([kind, make]) => [`a ${kind} of cdk8s-plus-${version}`, make] as const);
    }),
  ),
  'a plain KubeDeployment': (chart) => plain(chart),
  'an Include of one Deployment': (chart) => included(chart, 1),
};

/** As `helm template` and `kubectl get -o yaml` write them. */
function included(chart: Chart, deployments: number): Include {
  const url = join(mkdtempSync(join(tmpdir(), 'include-')), 'search.yaml');
  const texts = Array.from({ length: deployments }, (_, index) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `search-${index}`, namespace: 'dfw' },
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/name': 'meilisearch' } },
      template: {
        metadata: { labels: { 'app.kubernetes.io/name': 'meilisearch' } },
        spec: { containers: [{ name: 'main', image: 'search:1', resources: { limits: { memory: '64Mi' } } }] },
      },
    },
  }));
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'search', namespace: 'dfw' } };
  writeFileSync(url, [account, ...texts].map((each) => JSON.stringify(each)).join('\n---\n'));
  return new Include(chart, 'include', { url });
}

describe.each(Object.keys(WORKLOADS))('%s', (what) => {
  function joinedObject(): { site: Site; objects: Manifest[]; object: Manifest } {
    const site = newSite();
    const db = database(site);
    const workload = WORKLOADS[what]!(chartOf(site));
    new OwnWorkload(site, 'search', { workload, uses: [db], port: 9200 });
    expect(problems(site)).toEqual([]);
    const objects = synth(site);
    const object = objects.find((each) => /search:1/.test(JSON.stringify(each))) as Manifest;
    return { site, objects, object };
  }

  test('is given the environment of what it uses, and the Secret', () => {
    const { object, objects } = joinedObject();
    const [container] = templateIn(object).spec.containers;
    expect(container.env.map(({ name }: Manifest) => name)).toEqual(
      ['HOST', 'READ_HOST', 'PORT', 'NAME', 'USER', 'PASSWORD'].map((each) => `DB_${each}`),
    );
    expect(container.env[0].value).toBe('dfw-db-write.dfw.svc.cluster.local');
    expect(container.env[5].valueFrom.secretKeyRef).toEqual({ name: 'dfw-db', key: 'password' });
    const { data } = find(objects, 'ConfigMap', 'required-secrets');
    expect(JSON.parse(data['dfw-db']).namespaces).toEqual(['dfw']);
  });

  test('is let in at both ends, by labels that its pods have', () => {
    const { object, objects } = joinedObject();
    const selector = { 'app.kubernetes.io/part-of': 'dfw', 'cdk8s-slices/workload': 'search' };
    expect(templateIn(object).metadata.labels).toMatchObject(selector);
    const egress = find(objects, 'NetworkPolicy', 'dfw-search-to-dfw-db').spec;
    const ingress = find(objects, 'NetworkPolicy', 'dfw-db-from-dfw-search').spec;
    expect(egress.podSelector.matchLabels).toEqual(selector);
    expect(ingress.ingress[0].from).toEqual([{ podSelector: { matchLabels: selector } }]);
    expect([egress.egress[0].ports, ingress.ingress[0].ports]).toEqual(
      Array(2).fill([{ port: 3306, protocol: 'TCP' }]),
    );
  });

  test('keeps its own labels, so that its selector still selects its pods', () => {
    const { spec } = joinedObject().object;
    if (!spec.selector) return expect(['Job', 'CronJob'].some((kind) => what.includes(kind))).toBe(true);
    expect(templateIn({ spec }).metadata.labels).toMatchObject(spec.selector.matchLabels);
  });

  test('runs at Pod Security restricted, without a token, and asks for its whole RAM', () => {
    const template = templateIn(joinedObject().object);
    expect(violations(template)).toEqual([]);
    expect(template.spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    expect(template.spec.securityContext.seccompProfile).toEqual({ type: 'RuntimeDefault' });
    const [{ securityContext, resources }] = template.spec.containers;
    const security = { ...template.spec.securityContext, ...securityContext };
    expect(security).toMatchObject({ runAsNonRoot: true, allowPrivilegeEscalation: false });
    expect(securityContext.capabilities).toEqual({ drop: ['ALL'] });
    expect([resources.requests.memory, resources.limits.memory]).toEqual(['64Mi', '64Mi']);
  });

  test('is used by a role, which is let in and finds its Service', () => {
    const site = newSite();
    const workload = WORKLOADS[what]!(chartOf(site));
    const search = new OwnWorkload(site, 'search', { workload, port: 9200 });
    const server = WebServer.httpd();
    new WebTier(site, 'web', { ram: Size.mebibytes(256), image: 'httpd:2.4', server, uses: [search] });
    const objects = synth(site);
    const [{ env }] = find(objects, 'Deployment', 'dfw-web').spec.template.spec.containers;
    expect(env).toEqual([
      { name: 'SEARCH_HOST', value: 'dfw-search.dfw.svc.cluster.local' },
      { name: 'SEARCH_PORT', value: '9200' },
    ]);
    const { spec } = find(objects, 'Service', 'dfw-search');
    expect(spec.ports).toEqual([{ port: 9200 }]);
    const object = objects.find((each) => /search:1/.test(JSON.stringify(each))) as Manifest;
    expect(templateIn(object).metadata.labels).toMatchObject(spec.selector);
    expect(find(objects, 'NetworkPolicy', 'dfw-search-from-dfw-web').spec.ingress[0].ports).toEqual([
      { port: 9200, protocol: 'TCP' },
    ]);
  });
});

test('a container that is added after the workload joined is given the same', () => {
  const site = newSite();
  const deployment = new plus27.Deployment(chartOf(site), 'deployment');
  new OwnWorkload(site, 'search', {
    workload: deployment,
    uses: [new CachePool(site, 'memc', { ram: Size.mebibytes(128) })],
  });
  const memory = { limit: Size.mebibytes(64) };
  deployment.addContainer({ image: 'search:1', resources: { memory } });
  deployment.addInitContainer({ name: 'first', image: 'search:1', resources: { memory } });
  const [{ spec }] = ofKind(synth(site), 'Deployment').map(templateIn);
  const names = [...spec.containers, ...spec.initContainers].map(({ env }: Manifest) => env[0].name);
  expect(names).toEqual(['MEMC_SERVERS', 'MEMC_SERVERS']);
});

test('what the workload gives itself may refer to what it is given', () => {
  const site = newSite();
  const env = [{ name: 'URL', value: 'mysql://$(DB_USER):$(DB_PASSWORD)@$(DB_HOST)/$(DB_NAME)' }];
  new OwnWorkload(site, 'search', { workload: plain(chartOf(site), { env }), uses: [database(site)] });
  const [container] = ofKind(synth(site), 'Deployment')[0].spec.template.spec.containers;
  // Kubernetes replaces a name by a variable that stands before.
  expect(container.env.at(-1)).toEqual(env[0]);
});

test('ports and sizes of a typed object, and patches of it, stay as they are', () => {
  const site = newSite();
  const readinessProbe = { httpGet: { port: k8s.IntOrString.fromString('http'), path: '/' } };
  const ports = [{ name: 'http', containerPort: 9200 }];
  const workload = plain(chartOf(site), { readinessProbe, ports });
  workload.addJsonPatch(JsonPatch.add('/spec/replicas', 3));
  new OwnWorkload(site, 'search', { workload, port: 9200 });
  const [{ spec }] = ofKind(synth(site), 'Deployment') as [Manifest];
  expect(spec.replicas).toBe(3);
  expect(spec.template.spec.containers[0].readinessProbe.httpGet.port).toBe('http');
});

test('only the containers that are named are given the environment', () => {
  const site = newSite();
  const sidecar = { name: 'sidecar', image: 'log:1', resources: limits('16Mi') };
  const main = { name: 'main', image: 'search:1', resources: limits('64Mi') };
  const workload = plain(chartOf(site), {}, { containers: [main, sidecar] });
  new OwnWorkload(site, 'search', { workload, uses: [database(site)], containers: ['main'] });
  const [{ spec }] = ofKind(synth(site), 'Deployment').map(templateIn);
  expect(spec.containers.map(({ env }: Manifest) => env?.length)).toEqual([6, undefined]);
});

test('a Job is another one as soon as its pods differ', () => {
  const nameOf = (image: string, uses: boolean) => {
    const site = newSite();
    const containers = [{ image, resources: { memory: { limit: Size.mebibytes(64) } } }];
    const workload = new plus27.Job(chartOf(site), 'job', { metadata: { name: 'index' }, containers });
    new OwnWorkload(site, 'index', { workload, uses: uses ? [database(site)] : [] });
    return ofKind(synth(site), 'Job').find(({ metadata }) => metadata.name.startsWith('index'))!.metadata.name;
  };
  const names = [nameOf('a:1', false), nameOf('a:2', false), nameOf('a:1', true)];
  expect(new Set(names).size).toBe(3);
  expect(nameOf('a:1', false)).toBe(names[0]);
  expect(names[0]).toMatch(/^index-[0-9a-f]{10}$/);
});

test('it leads out of the cluster where it says so, and nowhere else', () => {
  const site = newSite();
  new OwnWorkload(site, 'search', { workload: plain(chartOf(site)), egress: [Egress.https()] });
  const policies = ofKind(synth(site), 'NetworkPolicy').map(({ metadata }) => metadata.name);
  expect(policies).toEqual(['allow-dns', 'deny-by-default', 'dfw-search-to-outside']);
});

test('one may use another, and both each other', () => {
  const site = newSite();
  const a = new OwnWorkload(site, 'a', { workload: plain(chartOf(site, 'first')), port: 80 });
  new OwnWorkload(site, 'b', { workload: plain(chartOf(site, 'second')), uses: [a] });
  const objects = synth(site);
  const users = ofKind(objects, 'Deployment').map((each) => templateIn(each).spec.containers[0].env?.[0].name);
  expect(users).toEqual([undefined, 'A_HOST']);
  find(objects, 'NetworkPolicy', 'dfw-b-to-dfw-a');
});

test('its file comes after the namespace, however the charts were made', () => {
  const app = Testing.app();
  const chart = new Chart(app, 'search', { namespace: 'dfw' });
  const workload = plain(chart);
  const site = new Site(app, 'dfw', { domain: 'example.org' });
  new OwnWorkload(site, 'search', { workload });
  app.synth();
  const order = app.charts.map(({ node }) => node.id);
  expect(order.indexOf('dfw-site')).toBeLessThan(order.indexOf('search'));
});

describe('says of the workload', () => {
  const one = (found: string[], text: string) => {
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`dfw/search] ${text}`);
  };

  test('that it has no pod template', () => {
    const site = newSite();
    const workload = new k8s.KubeService(chartOf(site), 'service', { metadata: { name: 'search' } });
    new OwnWorkload(site, 'search', { workload });
    one(problems(site), "'workload' is 'Service search': it has no pod template; name a Deployment,");
  });

  test('that a construct has none, or more than one', () => {
    const site = newSite();
    const chart = chartOf(site);
    new OwnWorkload(site, 'search', { workload: chart });
    one(
      problems(site),
      "'workload' is 'search': it has none of Deployment, StatefulSet, DaemonSet, Job, CronJob; name one",
    );
    const other = newSite();
    new OwnWorkload(other, 'search', { workload: included(chartOf(other), 2) });
    one(
      problems(other),
      "'workload' is 'search/include': it has Deployment search-0, Deployment search-1; name one of",
    );
  });

  test('that it belongs to no site', () => {
    const chart = new Chart(new App(), 'search');
    const workload = plain(chart);
    expect(() => new OwnWorkload(chart, 'own', { workload })).toThrow(
      "[search/own] 'scope' is search: it has to be made in a Site",
    );
  });

  test.each([
    ['elsewhere', "its namespace is 'elsewhere'"],
    [undefined, 'it names no namespace'],
  ])('that its namespace is not the site’s: %s', (namespace, text) => {
    const site = newSite();
    const chart = new Chart(site.node.scope as App, 'chart', namespace ? { namespace } : {});
    new OwnWorkload(site, 'search', { workload: plain(chart) });
    one(
      problems(site),
      `'workload' is 'chart/deployment': ${text}, and the site's is 'dfw'; make it in new Chart(app,`,
    );
  });

  test('that it joins twice', () => {
    const site = newSite();
    const workload = plain(chartOf(site));
    new OwnWorkload(site, 'first', { workload });
    new OwnWorkload(site, 'search', { workload });
    one(problems(site), "'workload' is 'search/deployment': it has joined as dfw/first already; name it once");
  });

  test('that it is of another App', () => {
    const site = newSite();
    new OwnWorkload(site, 'search', { workload: plain(chartOf(newSite())) });
    one(problems(site), "'workload' is 'search/deployment': it is made in another App");
  });

  test('that it is used and has no port', () => {
    const site = newSite();
    const search = new OwnWorkload(site, 'search', { workload: plain(chartOf(site)) });
    const server = WebServer.httpd();
    new WebTier(site, 'web', { ram: Size.mebibytes(256), image: 'httpd:2.4', server, uses: [search] });
    one(problems(site), "'port' is undefined: others use it; write the port that its pods listen on");
  });

  test('that no port is one, and that no container listens on it', () => {
    one(problemsOf({}, {}, { port: 0 }), "'port' is 0: write a port, from 1 to 65535");
    const ports = [{ containerPort: 8080 }];
    one(problemsOf({ ports }, {}, { port: 80 }), "'port' is 80: its containers listen on 8080; write one of these");
  });

  test('that a container has no memory limit', () =>
    one(
      problemsOf({ resources: {} }),
      "'workload' is 'its container main without a memory limit': it may take the whole RAM of its node; write its limit",
    ));

  test('that a container which is named is not there', () =>
    one(problemsOf({}, {}, { containers: ['web'] }), "'containers' is 'web': there is none; name one or more of main"));

  test('that a container has a variable which it is given', () => {
    const site = newSite();
    const env = [{ name: 'DB_HOST', value: 'localhost' }];
    new OwnWorkload(site, 'search', { workload: plain(chartOf(site), { env }), uses: [database(site)] });
    one(problems(site), "'uses' is 'DB_HOST': the container main has that variable already; take it out");
  });

  test('that its pods would be taken for slices', () => {
    const site = newSite();
    const labels = { 'app.kubernetes.io/name': 'memc' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'main', resources: limits('64Mi') }] } };
    const spec = { selector: { matchLabels: labels }, template };
    new CachePool(site, 'memc', { ram: Size.mebibytes(128) });
    new OwnWorkload(site, 'search', { workload: new k8s.KubeDeployment(chartOf(site), 'deployment', { spec }) });
    one(problems(site), "'workload' is 'pods labelled app.kubernetes.io/name: memc': a role of the site has that id");
  });

  test('that its selector wants another label than the site gives', () => {
    const site = newSite();
    const labels = { 'app.kubernetes.io/part-of': 'search' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'main', resources: limits('64Mi') }] } };
    const spec = { selector: { matchLabels: labels }, template };
    new OwnWorkload(site, 'search', { workload: new k8s.KubeDeployment(chartOf(site), 'deployment', { spec }) });
    one(
      problems(site),
      "'workload' is 'a selector with app.kubernetes.io/part-of: search': the site gives its pods dfw",
    );
  });

  test('why it cannot be written', () => {
    const site = newSite();
    new OwnWorkload(site, 'search', { workload: new plus27.Deployment(chartOf(site), 'deployment') });
    one(
      problems(site),
      "'workload' is 'an object that cannot be written': give it what it lacks: Failed serializing construct",
    );
  });

  test('that it is used by a role of another site', () => {
    const site = newSite();
    const search = new OwnWorkload(site, 'search', { workload: plain(chartOf(site)), port: 80 });
    const other = new Site(site.node.scope as App, 'ams', { domain: 'example.net' });
    const server = WebServer.httpd();
    new WebTier(other, 'web', { ram: Size.mebibytes(256), image: 'httpd:2.4', server, uses: [search] });
    expect(problems(site)).toEqual([expect.stringContaining("'uses' is 'dfw/search': it belongs to another site")]);
  });

  const SECURITY: [string, Partial<k8s.Container>, Partial<k8s.PodSpec>][] = [
    ['its pod with hostNetwork', {}, { hostNetwork: true }],
    ['its pod with hostPID', {}, { hostPid: true }],
    ['its pod with hostIPC', {}, { hostIpc: true }],
    ['its volume logs of kind hostPath', {}, { volumes: [{ name: 'logs', hostPath: { path: '/var/log' } }] }],
    ['its pod with runAsUser 0', {}, { securityContext: { runAsUser: 0 } }],
    ['its pod with runAsNonRoot false', {}, { securityContext: { runAsNonRoot: false } }],
    [
      'its pod with seccompProfile.type Unconfined',
      {},
      { securityContext: { seccompProfile: { type: 'Unconfined' } } },
    ],
    [
      'its pod with sysctls kernel.msgmax',
      {},
      { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } },
    ],
    ['its pod with seLinuxOptions.type spc_t', {}, { securityContext: { seLinuxOptions: { type: 'spc_t' } } }],
    ['its pod with seLinuxOptions.user root', {}, { securityContext: { seLinuxOptions: { user: 'root' } } }],
    ['its pod with seLinuxOptions.role sysadm_r', {}, { securityContext: { seLinuxOptions: { role: 'sysadm_r' } } }],
    [
      'its pod with windowsOptions.hostProcess true',
      {},
      { securityContext: { windowsOptions: { hostProcess: true } } },
    ],
    ['its container main with hostPort 80', { ports: [{ containerPort: 80, hostPort: 80 }] }, {}],
    ['its container main with privileged true', { securityContext: { privileged: true } }, {}],
    [
      'its container main with allowPrivilegeEscalation true',
      { securityContext: { allowPrivilegeEscalation: true } },
      {},
    ],
    ['its container main with runAsUser 0', { securityContext: { runAsUser: 0 } }, {}],
    [
      'its container main with capabilities.add SYS_TIME',
      { securityContext: { capabilities: { add: ['SYS_TIME'] } } },
      {},
    ],
    ['its container main with procMount Unmasked', { securityContext: { procMount: 'Unmasked' } }, {}],
    [
      'its container main with appArmorProfile.type Unconfined',
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      {},
    ],
  ];

  test.each(SECURITY)('that Pod Security refuses %s', (text, container, pod) =>
    one(problemsOf(container, pod), `'workload' is '${text}': Pod Security 'restricted' does not take it; `),
  );

  test('nothing where it keeps to the rules in words of its own', () => {
    const securityContext = { runAsUser: 1000, capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] } };
    const volumes = [{ name: 'tmp', emptyDir: {} }];
    expect(problemsOf({ securityContext }, { volumes, securityContext: { fsGroup: 1000 } })).toEqual([]);
  });
});
