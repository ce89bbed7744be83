import { Size, Testing } from 'cdk8s';
import {
  CachePool,
  CommonProps,
  Cpu,
  Durability,
  JobWorkers,
  MySQLEngine,
  ReplicatedMySQL,
  Site,
  SiteProps,
  WebServer,
  WebTier,
} from '../constructs';
import { podMebibytes } from '../constructs/core/workload';
import { Manifest, find, problems, synth } from './support';

const ram = Size.mebibytes(512);
const image = 'example.org/site:1';
const shipper = { name: 'shipper', image: 'example.org/shipper:1', ram: Size.mebibytes(64) };
const volume = { name: 'authorities', configMap: { name: 'authorities' } };

function site(props: Partial<SiteProps> = {}): Site {
  return new Site(Testing.app(), 'dfw', { domain: 'example.org', ...props });
}

function pool(props: CommonProps, defaults: Partial<SiteProps> = {}, mebibytes = 512): CachePool {
  return new CachePool(site(defaults), 'memc', { ...props, ram: Size.mebibytes(mebibytes) });
}

/** The pod template of the only role. */
function podOf(role: CachePool): Manifest {
  return role.statefulSet.toJson().spec.template;
}

test("a role's labels, node labels and registries add to the site's, and its value counts where both have one", () => {
  const defaults = {
    metadata: { labels: { team: 'web', tier: 'all' } },
    scheduling: { nodeSelector: { disk: 'local', zone: 'a' }, priorityClassName: 'low' },
    images: { registryMirrors: { 'docker.io': 'mirror.example.net' } },
  };
  const given = {
    metadata: { labels: { tier: 'cache' } },
    scheduling: { nodeSelector: { zone: 'b' } },
    images: { registryMirrors: { 'ghcr.io': 'other.example.net' } },
  };
  const { metadata, spec } = podOf(pool(given, defaults));
  expect(metadata.labels).toMatchObject({ team: 'web', tier: 'cache' });
  expect(spec.nodeSelector).toEqual({ disk: 'local', zone: 'b' });
  expect(spec.priorityClassName).toBe('low');
  expect(spec.containers[0].image).toBe('mirror.example.net/library/memcached:1.6');
});

test("a role's list replaces the site's, so that it can have none", () => {
  const tolerations = [{ key: 'site', operator: 'Exists' }];
  const keys = (role: object) =>
    podOf(pool({ scheduling: role }, { scheduling: { tolerations } })).spec.tolerations.map(
      ({ key }: Manifest) => key as string,
    );
  // A slice without a volume tolerates a lost node for a moment, whatever the site says.
  const lost = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
  expect(keys({})).toEqual(['site', ...lost]);
  expect(keys({ tolerations: [] })).toEqual(lost);
});

test("a role's affinity replaces the site's as a whole", () => {
  const podAntiAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [] };
  const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } };
  const role = pool({ scheduling: { affinity } }, { scheduling: { affinity: { podAntiAffinity } } });
  expect(podOf(role).spec.affinity).toEqual(affinity);
});

test('the labels by which pods are selected cannot be taken from them', () => {
  const role = pool({ metadata: { podLabels: { 'app.kubernetes.io/name': 'other' } } });
  expect(podOf(role).metadata.labels['app.kubernetes.io/name']).toBe('memc');
  expect(problems(role)).toEqual([
    "[dfw/memc] 'metadata.podLabels' is 'app.kubernetes.io/name': the library itself writes it; leave it out",
  ]);
});

test.each([
  ['nginx:1.30', 'mirror.example.net/hub/library/nginx:1.30'],
  ['example/nginx:1.30', 'mirror.example.net/hub/example/nginx:1.30'],
  ['docker.io/library/nginx:1.30', 'mirror.example.net/hub/library/nginx:1.30'],
  ['localhost/nginx:1.30', 'localhost/nginx:1.30'],
  ['localhost:5000/nginx:1.30', 'mirror.example.net/local/nginx:1.30'],
  ['quay.io/nginx:1.30', 'quay.io/nginx:1.30'],
])('with mirrors the image %s is pulled as %s', (given, pulled) => {
  const registryMirrors = { 'docker.io': 'mirror.example.net/hub', 'localhost:5000': 'mirror.example.net/local' };
  const role = new CachePool(site({ images: { registryMirrors } }), 'memc', { ram, image: given });
  expect(podOf(role).spec.containers[0].image).toBe(pulled);
});

test('the RAM of a sidecar is taken out of the slice, and the engine sizes itself for the rest', () => {
  const { spec } = podOf(pool({ pods: { sidecars: [shipper] } }));
  expect(podMebibytes(spec)).toBe(512);
  expect(spec.containers[0].resources.limits.memory).toBe('448Mi');
  const alone = podOf(pool({}, {}, 448)).spec;
  expect(spec.containers[0].args).toEqual(alone.containers[0].args);
});

test('a sidecar runs as a user without powers, with what it is given', () => {
  const given = { ...shipper, command: ['ship'], args: ['-v'], environment: { TO: 'example.org' }, user: 5000 };
  const mounts = [{ name: 'authorities', mountPath: '/etc/ssl/site' }];
  const { spec } = podOf(pool({ pods: { volumes: [volume], sidecars: [{ ...given, mounts }] } }));
  expect(spec.initContainers).toEqual([
    {
      name: 'shipper',
      image: shipper.image,
      restartPolicy: 'Always',
      command: ['ship'],
      args: ['-v'],
      env: [{ name: 'TO', value: 'example.org' }],
      volumeMounts: mounts,
      resources: { requests: { cpu: '16m', memory: '64Mi' }, limits: { memory: '64Mi' } },
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 5000,
        runAsGroup: 5000,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    },
  ]);
});

test('a kind of workers beside the slices takes no more than its RAM with the sidecars', () => {
  const role = new JobWorkers(site({ pods: { sidecars: [shipper] } }), 'jobs', {
    ram,
    image,
    workers: [
      { name: 'email', command: ['email'] },
      { name: 'clean', command: ['clean'], ram: Size.mebibytes(128), schedule: '@daily' },
    ],
  });
  const { spec } = find(synth(role), 'CronJob', 'dfw-jobs-clean').spec.jobTemplate.spec.template;
  expect(podMebibytes(spec)).toBe(128);
  expect(podMebibytes(find(synth(role), 'Deployment', 'dfw-jobs').spec.template.spec) + 128).toBe(512);
});

test('CPU of a slice is shared by RAM, and CPU for each GiB follows the RAM', () => {
  const cpu = (cpuRequest: Cpu) => {
    const { spec } = podOf(pool({ pods: { sidecars: [shipper] }, resources: { cpuRequest } }));
    return [...spec.initContainers, ...spec.containers].map((each: Manifest) => each.resources.requests.cpu);
  };
  expect(cpu(Cpu.millis(1000))).toEqual(['125m', '875m']);
  expect(cpu(Cpu.cores(1))).toEqual(['125m', '875m']);
  expect(cpu(Cpu.millisPerGibibyte(1000))).toEqual(['63m', '438m']);
});

test('the agent of a pair asks for its CPU and is not throttled, whatever its share', () => {
  const role = new ReplicatedMySQL(site(), 'db', {
    ram,
    durability: Durability.PREFERRED,
    databases: ['site'],
    resources: { cpuRequest: Cpu.millis(100), cpuLimit: Cpu.millis(200) },
  });
  const { spec } = role.statefulSet!.toJson().spec.template;
  const { requests, limits } = spec.initContainers[0].resources;
  expect([spec.initContainers[0].name, requests.cpu, limits.cpu]).toEqual(['heartbeat', '50m', '500m']);
  expect(spec.containers[0].resources.limits.cpu).toBe('181m');
});

test('each container has disk for its log, and the first one the rest', () => {
  const resources = { ephemeralStorageLimit: Size.gibibytes(1) };
  const fetcher = { ...shipper, name: 'fetcher' };
  const { spec } = podOf(pool({ resources, pods: { sidecars: [shipper], initContainers: [fetcher] } }));
  const disk = (each: Manifest) => [each.name, each.resources.limits['ephemeral-storage']];
  expect([...spec.initContainers, ...spec.containers].map(disk)).toEqual([
    ['shipper', '64Mi'],
    ['fetcher', '960Mi'],
    ['memcached', '960Mi'],
  ]);
});

test('a Job whose pods change is a new Job, be it by a label, an annotation or a node', () => {
  const nameOf = (props: CommonProps) => {
    const job = new WebTier(site(), 'web', { ...props, ram, image, migrate: ['schema'] }).migrateJob;
    return job?.name;
  };
  const names = [
    nameOf({}),
    nameOf({ metadata: { labels: { team: 'web' } } }),
    nameOf({ metadata: { podLabels: { team: 'all' } } }),
    nameOf({ metadata: { podAnnotations: { team: 'web' } } }),
    nameOf({ scheduling: { nodeSelector: { team: 'web' } } }),
  ];
  expect(new Set(names).size).toBe(names.length);
  expect(nameOf({ metadata: { annotations: { team: 'web' } } })).toBe(names[0]);
});

const ERRORS: [CommonProps, string][] = [
  [
    { metadata: { annotations: { 'my key': 'x' } } },
    "'metadata.annotations' is 'my key': write up to 63 letters and digits",
  ],
  [
    { metadata: { podAnnotations: { '/x': '' } } },
    "'metadata.podAnnotations' is '/x': write up to 63 letters and digits",
  ],
  [
    { metadata: { serviceAccountAnnotations: { 'x/': '' } } },
    "'metadata.serviceAccountAnnotations' is 'x/': write up to 63 letters and digits",
  ],
  [
    { metadata: { podLabels: { 'cdk8s-slices/instance-role': 'active' } } },
    "'metadata.podLabels' is 'cdk8s-slices/instance-role': the library itself writes it; leave it out",
  ],
  [{ scheduling: { nodeSelector: { disk: 'a b' } } }, "'scheduling.nodeSelector.disk' is 'a b': write up to 63"],
  [
    { scheduling: { priorityClassName: 'High' } },
    "'scheduling.priorityClassName' is 'High': write a name of lower-case letters, digits",
  ],
  [
    { scheduling: { runtimeClassName: '' } },
    "'scheduling.runtimeClassName' is '': write a name of lower-case letters, digits",
  ],
  [{ storageClassName: 'Local_SSD' }, "'storageClassName' is 'Local_SSD': write a name of lower-case letters, digits"],
  [
    { scheduling: { tolerations: [{ key: 'a', effect: 'NoRun' }] } },
    "'scheduling.tolerations' is 'NoRun': write NoSchedule, PreferNoSchedule or NoExecute, or leave the effect out",
  ],
  [
    { scheduling: { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] } },
    "'scheduling.tolerations' is 'b': leave the value out, or write the operator 'Equal'",
  ],
  [
    { scheduling: { tolerations: [{ value: 'b' }] } },
    "'scheduling.tolerations' is 'b': write the taint's key; without one the operator has to be 'Exists'",
  ],
  [
    { scheduling: { tolerations: [{ key: 'a', operator: 'In' }] } },
    "'scheduling.tolerations' is 'In': write the operator 'Exists' or 'Equal', or leave it out",
  ],
  [
    { scheduling: { tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds: 5 }] } },
    "'scheduling.tolerations' is 5: leave the seconds out, or write the effect 'NoExecute'",
  ],
  [
    { resources: { cpuRequest: Cpu.millis(0.5) } },
    "'resources.cpuRequest' is 0.5 m: write thousandths of a core, from 1 to 4096000",
  ],
  [
    { resources: { cpuLimit: Cpu.millisPerGibibyte(-1) } },
    "'resources.cpuLimit' is -1 m for each GiB: write thousandths of a core, from 1 to 4096000",
  ],
  [
    { resources: { cpuLimit: Cpu.millis(100) } },
    "'resources.cpuLimit' is 100 m: a slice asks for 125 m; write Cpu.millis(125) or more",
  ],
  [
    { resources: { ephemeralStorageLimit: Size.kibibytes(70_000) } },
    "'resources.ephemeralStorageLimit' is 68.359 MiB: write whole MiB, as Size.mebibytes(69)",
  ],
  [
    { resources: { ephemeralStorageRequest: Size.gibibytes(2), ephemeralStorageLimit: Size.gibibytes(1) } },
    "'resources.ephemeralStorageRequest' is 2048 MiB: it is more than the limit; write less",
  ],
  [
    { resources: { ephemeralStorageLimit: Size.mebibytes(100) }, pods: { sidecars: [shipper] } },
    "'resources.ephemeralStorageLimit' is 100 MiB: a pod has 2 containers, each with 64 MiB for its log; write Size.mebibytes(128) or more",
  ],
  [
    { images: { pullSecrets: ['My Registry'] } },
    "'images.pullSecrets' is 'My Registry': write a name of lower-case letters, digits",
  ],
  [
    { images: { registryMirrors: { 'https://docker.io': 'x' } } },
    "'images.registryMirrors' is 'https://docker.io': write a registry's host, such as 'docker.io'",
  ],
  [
    { images: { registryMirrors: { 'docker.io': 'https://x/' } } },
    "'images.registryMirrors.docker.io' is 'https://x/': write a host, and a path where there is one",
  ],
  [
    { pods: { volumes: [{ ...volume, name: 'My Files' }] } },
    "'pods.volumes' is 'My Files': write up to 63 lower-case letters",
  ],
  [
    { pods: { volumes: [volume, { ...volume }] } },
    "'pods.volumes' is 'authorities': two have that name; give each its own",
  ],
  [
    { pods: { mounts: [{ name: 'nothing', mountPath: '/x' }] } },
    "'pods.mounts' is 'nothing': there is no such volume; name one of 'pods.volumes'",
  ],
  [
    { pods: { volumes: [volume], mounts: [{ name: 'authorities', mountPath: 'x' }] } },
    "'pods.mounts' is 'x': write a whole path, as '/etc/ssl/site'",
  ],
  [
    { pods: { volumes: [volume], mounts: ['a', 'a'].map(() => ({ name: 'authorities', mountPath: '/x' })) } },
    "'pods.mounts' is '/x': two volumes are mounted there; write another path",
  ],
  [
    { pods: { sidecars: [{ ...shipper, image: 'x' }] } },
    "'pods.sidecars.shipper.image' is 'x': write a name with a tag or digest",
  ],
  [
    { pods: { sidecars: [{ ...shipper, ram: Size.kibibytes(1) }] } },
    "'pods.sidecars.shipper.ram' is 1 KiB: write whole MiB, as Size.mebibytes(1)",
  ],
  [
    { pods: { sidecars: [{ ...shipper, user: 0 }] } },
    "'pods.sidecars.shipper.user' is 0: write the number of a user that is not root",
  ],
  [
    { pods: { sidecars: [{ ...shipper, environment: { '1': 'x' } }] } },
    "'pods.sidecars.shipper.environment' is '1': write letters, digits and '_', '-', '.', not starting with a digit",
  ],
  [
    { pods: { sidecars: [{ ...shipper, args: ['a\0b'] }] } },
    "'pods.sidecars.shipper.args' is 'a\\u0000b': no process can be given a NUL; leave it out",
  ],
  [
    { pods: { sidecars: [{ ...shipper, mounts: [{ name: 'nothing', mountPath: '/x' }] }] } },
    "'pods.sidecars.shipper.mounts' is 'nothing': there is no such volume; name one of 'pods.volumes'",
  ],
  [
    { pods: { sidecars: [shipper, { ...shipper }] } },
    "'pods.sidecars' is 'shipper': two have that name; give each its own",
  ],
  [
    { pods: { sidecars: [shipper], initContainers: [shipper] } },
    "'pods.initContainers' is 'shipper': a sidecar has that name; write another",
  ],
  [
    { pods: { sidecars: [{ ...shipper, name: 'memcached' }] } },
    "'pods.sidecars' is 'memcached': the library has one of that name in this pod; write another",
  ],
  [
    { pods: { sidecars: [shipper], initContainers: [{ ...shipper, name: 'fetcher', ram: Size.mebibytes(449) }] } },
    "'pods.initContainers.fetcher.ram' is 449 MiB: a pod has 448 MiB beside its sidecars; write that or less",
  ],
  [
    { pods: { hostAliases: [{ ip: 'old.example.org', hostnames: ['old'] }] } },
    "'pods.hostAliases' is 'old.example.org': write an address, such as '192.0.2.10'",
  ],
];

test.each(ERRORS.map(([given, error]) => [error, given] as const))('%s', (error, given) => {
  expect(problems(pool(given))).toEqual([expect.stringContaining(`[dfw/memc] ${error}`)]);
});

test('what is wrong with the properties of the site is said of the site, once', () => {
  const role = pool(
    {},
    { scheduling: { priorityClassName: 'High' }, pods: { sidecars: [{ ...shipper, image: 'x' }] } },
  );
  expect(problems(role)).toEqual([
    "[dfw] 'scheduling.priorityClassName' is 'High': write a name of lower-case letters, digits, '-' and '.'",
    expect.stringContaining("[dfw] 'pods.sidecars.shipper.image' is 'x'"),
  ]);
});

test("RAM that an engine does not have beside the user's sidecars is an error", () => {
  const sidecars = { pods: { sidecars: [shipper] } };
  expect(problems(pool(sidecars, {}, 128))).toEqual([
    "[dfw/memc] 'ram' is 128 MiB: the sidecars take 64 MiB, and memcached itself takes half of that; write Size.mebibytes(192) or more",
  ]);
  const web = new WebTier(site(), 'web', { ...sidecars, ram: Size.mebibytes(128), image, server: WebServer.apache() });
  expect(problems(web)).toEqual([
    "[dfw/web] 'ram' is 128 MiB: Apache, two workers and the sidecars need 176 MiB; write that or more, or a smaller workerRam",
  ]);
});

test('a mount where the library has a volume is an error', () => {
  const mounts = [{ name: 'authorities', mountPath: '/tmp' }];
  const role = new WebTier(site(), 'web', { ram, image, pods: { volumes: [volume], mounts } });
  expect(problems(role)).toEqual([
    "[dfw/web] 'pods.mounts' is '/tmp': the container 'apache' has a volume there; write another path",
  ]);
});

test('a volume that has the name of one of the library is an error, be it a claim', () => {
  const volumes = [{ name: 'data', emptyDir: {} }];
  const databases = ['site'];
  const role = new ReplicatedMySQL(site(), 'db', {
    ram,
    durability: Durability.PREFERRED,
    databases,
    pods: { volumes },
  });
  expect(problems(role)).toEqual([
    "[dfw/db] 'pods.volumes' is 'data': the library has one of that name in this pod; write another",
  ]);
});

test("what would not come to an operator's pods, or change what it selects them by, is an error", () => {
  const role = new ReplicatedMySQL(site({ pods: { platformUserIds: true } }), 'db', {
    ram: Size.gibibytes(2),
    engine: MySQLEngine.innoDBCluster(),
    databases: ['site'],
    metadata: { labels: { tier: 'db' }, podLabels: { 'mysql.oracle.com/cluster': 'x' } },
  });
  expect(problems(role)).toEqual([
    "[dfw/db] 'pods.platformUserIds' is true: the operator says which users its programs run as; write pods: { platformUserIds: false } here",
    "[dfw/db] 'metadata.labels' is 'tier': the operator selects its pods by it; write another",
    "[dfw/db] 'metadata.labels' is 'mysql.oracle.com/cluster': the operator selects its pods by it; write another",
  ]);
});
