import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Size, Testing } from 'cdk8s';
import * as library from '../constructs';
import {
  Admin,
  Balancer,
  BalancerEngine,
  BlobEngine,
  BlobStore,
  CachePool,
  CommonProps,
  Cpu,
  Durability,
  InnoDBClusterBackup,
  JobQueue,
  JobScaling,
  JobWorkers,
  MailHandler,
  MailIntake,
  MySQLBackup,
  MySQLEngine,
  ReplicatedMySQL,
  Role,
  Site,
  Valkey,
  ValkeyDurability,
  WebTier,
} from '../constructs';
import { podTemplates } from './invariants';
import { Manifest, ofKind } from './support';

const ram = Size.mebibytes(512);
const image = 'example.org/site:1';
const s3 = { endpoint: 'https://s3.example.org', bucket: 'backups' };

function pair(site: Site, common: CommonProps = {}): ReplicatedMySQL {
  return new ReplicatedMySQL(site, 'db', {
    ...common,
    ram: Size.gibibytes(1),
    durability: Durability.PREFERRED,
    databases: ['site', 'mogilefs'],
  });
}

function group(site: Site, common: CommonProps): ReplicatedMySQL {
  const backup: InnoDBClusterBackup = s3;
  const engine = MySQLEngine.innoDBCluster({ backup });
  return new ReplicatedMySQL(site, 'db', { ...common, ram: Size.gibibytes(2), engine, databases: ['site'] });
}

function web(site: Site, common: CommonProps = {}): WebTier {
  return new WebTier(site, 'web', { ...common, ram, image, migrate: ['schema'], scaling: { max: 3 } });
}

/** Every role, with each of its engines, and with all that runs beside its slices. */
const ROLES: Record<string, (site: Site, common: CommonProps) => Role> = {
  Admin: (site, common) => {
    new CachePool(site, 'memc', { ram });
    return new Admin(site, 'admin', { ...common, ram });
  },
  Balancer: (site, common) => new Balancer(site, 'lb', { ...common, ram, web: web(site) }),
  'Balancer of Perlbal': (site, common) =>
    new Balancer(site, 'lb', { ...common, ram, web: web(site), engine: BalancerEngine.perlbal() }),
  BlobStore: (site, common) =>
    new BlobStore(site, 'mog', { ...common, ram, engine: BlobEngine.mogileFs({ database: pair(site) }) }),
  'BlobStore of Garage': (site, common) => new BlobStore(site, 'mog', { ...common, ram, engine: BlobEngine.garage() }),
  CachePool: (site, common) => new CachePool(site, 'memc', { ...common, ram }),
  JobWorkers: (site, common) =>
    new JobWorkers(site, 'jobs', {
      ...common,
      ram: Size.gibibytes(1),
      queue: JobQueue.theSchwartz({ database: pair(site) }),
      workers: [
        { name: 'email', command: ['email'], count: 2 },
        { name: 'import', command: ['import'], ram: Size.mebibytes(128), scale: JobScaling.cpu({ max: 2 }) },
        { name: 'clean', command: ['clean'], ram: Size.mebibytes(128), schedule: '@daily' },
      ],
    }),
  MailIntake: (site, common) =>
    new MailIntake(site, 'mail', { ...common, ram, handler: MailHandler.command({ command: ['take'] }) }),
  ReplicatedMySQL: (site, common) => {
    const database = pair(site, common);
    new MySQLBackup(site, 'backup', { database, ...s3 });
    return database;
  },
  'ReplicatedMySQL of a group': group,
  Valkey: (site, common) => new Valkey(site, 'valkey', { ...common, ram, durability: ValkeyDurability.PREFERRED }),
  WebTier: web,
};

/** A pod template, and whether the library or an operator makes the rest of it. */
interface Pods {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly spec: Manifest;
  readonly operators: boolean;
}

/** The traces of a property in each object and in each pod template of a role. */
interface Expected {
  readonly given: CommonProps;
  readonly object?: (object: Manifest) => void;
  readonly pods?: (pods: Pods) => void;
  /** Roles that cannot have it; each has a test of its own. */
  readonly except?: string[];
}

const volume = { name: 'authorities', configMap: { name: 'authorities' } };
const mount = { name: 'authorities', mountPath: '/etc/ssl/site', readOnly: true };
const extra = { image: 'example.org/extra:1', ram: Size.mebibytes(40) };
const toleration = { key: 'site', operator: 'Exists', effect: 'NoSchedule' };
const affinity = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['local'] }] }],
    },
  },
};
/** The images of the roles below. */
const digests = Object.fromEntries(
  [
    'container-registry.oracle.com/mysql/community-server:9.1.0',
    'docker.io/dxflrs/garage:v2.5.0',
    'docker.io/library/memcached:1.6',
    'docker.io/library/mysql:9.7',
    'docker.io/library/nginx:1.30',
    'docker.io/library/node:24-slim',
    'docker.io/prom/prometheus:v3.5.3',
    'docker.io/valkey/valkey:8.1',
    'example.org/site:1',
    'ghcr.io/cdk8s-slices/mogilefs:2.73',
    'ghcr.io/cdk8s-slices/perlbal:1.80',
    'ghcr.io/cdk8s-slices/postfix:3.10',
    'ghcr.io/cdk8s-slices/theschwartz:1.12',
  ].map((image) => [image, `sha256:${'0a'.repeat(32)}`]),
);
const mirrors = {
  'docker.io': 'mirror.example.net/hub',
  'ghcr.io': 'mirror.example.net/g',
  'example.org': 'mirror.example.net',
};

/** The annotations of an object, but for the library's own, by which Flux and Argo CD leave what holds data. */
function givenIn({ annotations = {} }: Manifest['metadata']): object {
  const given = Object.entries(annotations).filter(
    ([key]) => !/^(kustomize\.toolkit\.fluxcd|argocd\.argoproj)\.io\//.test(key),
  );
  return Object.fromEntries(given);
}

const PROPERTIES: Record<string, Expected> = {
  'metadata.labels': {
    given: { metadata: { labels: { team: 'web' } } },
    object: ({ metadata }) => expect(metadata.labels.team).toBe('web'),
    pods: ({ labels }) => expect(labels['team']).toBe('web'),
  },
  'metadata.annotations': {
    given: { metadata: { annotations: { 'example.org/owner': 'web' } } },
    object: ({ metadata }) => expect(givenIn(metadata)).toEqual({ 'example.org/owner': 'web' }),
    pods: ({ annotations }) => expect(annotations).toEqual({}),
  },
  'metadata.podLabels': {
    given: { metadata: { podLabels: { mesh: 'no' } } },
    object: ({ metadata }) => expect(metadata.labels.mesh).toBeUndefined(),
    pods: ({ labels }) => expect(labels['mesh']).toBe('no'),
  },
  'metadata.podAnnotations': {
    given: { metadata: { podAnnotations: { 'example.org/log': 'text' } } },
    object: ({ metadata }) => expect(givenIn(metadata)).toEqual({}),
    pods: ({ annotations }) => expect(annotations).toEqual({ 'example.org/log': 'text' }),
  },
  'metadata.serviceAccountAnnotations': {
    given: { metadata: { serviceAccountAnnotations: { 'example.org/identity': 'site' } } },
    object: ({ kind, metadata }) =>
      expect(givenIn(metadata)).toEqual(kind === 'ServiceAccount' ? { 'example.org/identity': 'site' } : {}),
  },
  'scheduling.nodeSelector': {
    given: { scheduling: { nodeSelector: { disk: 'local' } } },
    pods: ({ spec }) => expect(spec.nodeSelector).toEqual({ disk: 'local' }),
  },
  'scheduling.tolerations': {
    given: { scheduling: { tolerations: [toleration] } },
    pods: ({ spec }) => expect(spec.tolerations).toEqual(expect.arrayContaining([toleration])),
  },
  'scheduling.affinity': {
    given: { scheduling: { affinity } },
    pods: ({ spec }) => expect(spec.affinity).toEqual(affinity),
  },
  'scheduling.priorityClassName': {
    given: { scheduling: { priorityClassName: 'high' } },
    pods: ({ spec }) => expect(spec.priorityClassName).toBe('high'),
  },
  'scheduling.runtimeClassName': {
    given: { scheduling: { runtimeClassName: 'gvisor' } },
    pods: ({ spec }) => expect(spec.runtimeClassName).toBe('gvisor'),
  },
  'resources.cpuRequest': {
    given: { resources: { cpuRequest: Cpu.millisPerGibibyte(512) } },
    pods: ({ spec }) => {
      for (const each of containers(spec))
        expect([each.name, each.resources.requests.cpu]).toEqual([each.name, `${requestOf(each)}m`]);
    },
  },
  'resources.cpuLimit': {
    given: { resources: { cpuLimit: Cpu.cores(2) } },
    pods: ({ spec }) => {
      for (const { resources } of containers(spec))
        expect(millis(resources.limits.cpu)).toBeGreaterThanOrEqual(millis(resources.requests.cpu));
    },
  },
  'resources.ephemeralStorageRequest': {
    given: { resources: { ephemeralStorageRequest: Size.gibibytes(2) } },
    pods: ({ spec }) => expect(diskOf(spec, 'requests')).toBe(2048),
  },
  'resources.ephemeralStorageLimit': {
    given: { resources: { ephemeralStorageLimit: Size.gibibytes(3) } },
    pods: ({ spec }) => expect(diskOf(spec, 'limits')).toBe(3072),
  },
  'images.pullSecrets': {
    given: { images: { pullSecrets: ['registry'] } },
    object: ({ kind, spec }) => {
      if (kind === 'InnoDBCluster') expect(spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
    },
    pods: ({ spec, operators }) => {
      if (!operators) expect(spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
    },
  },
  'images.registryMirrors': {
    given: {
      images: { registryMirrors: { ...mirrors, 'container-registry.oracle.com': 'mirror.example.net/oracle' } },
    },
    object: ({ kind, spec }) => {
      if (kind === 'InnoDBCluster') expect(spec.imageRepository).toBe('mirror.example.net/oracle/mysql');
    },
    pods: ({ spec, operators }) => {
      if (!operators) for (const each of containers(spec)) expect(each.image).toMatch(/^mirror\.example\.net\//);
    },
  },
  'images.digests': {
    given: { images: { digests } },
    pods: ({ spec, operators }) => {
      if (!operators) for (const each of containers(spec)) expect(each.image).toMatch(/^[^@]+@sha256:[0-9a-f]{64}$/);
    },
  },
  'pods.volumes': {
    given: { pods: { volumes: [volume] } },
    pods: ({ spec }) => expect(spec.volumes).toContainEqual(volume),
  },
  'pods.mounts': {
    given: { pods: { volumes: [volume], mounts: [mount] } },
    pods: ({ spec, operators, name }) => {
      const engines: Manifest[] = spec.containers.filter((each: Manifest) => !operators || each.name === 'mysql');
      if (name !== 'routers') expect(engines.length).toBeGreaterThan(0);
      for (const each of engines) expect(each.volumeMounts).toContainEqual(mount);
    },
  },
  'pods.sidecars': {
    given: { pods: { sidecars: [{ ...extra, name: 'shipper' }] } },
    pods: ({ spec, name }) => {
      if (name === 'routers') return;
      const found = spec.initContainers.find((each: Manifest) => each.name === 'shipper');
      expect(found).toMatchObject({
        restartPolicy: 'Always',
        image: extra.image,
        resources: { limits: { memory: '40Mi' } },
      });
    },
  },
  'pods.initContainers': {
    given: { pods: { initContainers: [{ ...extra, name: 'fetcher' }] } },
    pods: ({ spec, name }) => {
      if (name === 'routers') return;
      const found = spec.initContainers.find((each: Manifest) => each.name === 'fetcher');
      expect(found).toMatchObject({ image: extra.image, resources: { limits: { memory: '40Mi' } } });
      expect(found.restartPolicy).toBeUndefined();
    },
  },
  'pods.hostAliases': {
    given: { pods: { hostAliases: [{ ip: '192.0.2.10', hostnames: ['old.example.org'] }] } },
    pods: ({ spec }) => expect(spec.hostAliases).toEqual([{ ip: '192.0.2.10', hostnames: ['old.example.org'] }]),
  },
  'pods.platformUserIds': {
    given: { pods: { platformUserIds: true } },
    pods: ({ spec }) => {
      expect(spec.securityContext.fsGroup).toBeUndefined();
      for (const { name, securityContext } of containers(spec)) {
        expect([name, securityContext.runAsGroup]).toEqual([name, undefined]);
        // Postfix has to start as root.
        expect([name, securityContext.runAsUser]).toEqual([name, name === 'postfix' ? 0 : undefined]);
      }
    },
    except: ['ReplicatedMySQL of a group'],
  },
  storageClassName: {
    given: { storageClassName: 'local' },
    object: ({ spec }) => {
      const claims = [
        ...(spec?.volumeClaimTemplates ?? []).map((each: Manifest) => each.spec),
        ...(spec?.datadirVolumeClaimTemplate ? [spec.datadirVolumeClaimTemplate] : []),
      ];
      for (const claim of claims) expect(claim.storageClassName).toBe('local');
    },
  },
};

const CASES = Object.keys(ROLES).flatMap((role) =>
  Object.keys(PROPERTIES)
    .filter((property) => !PROPERTIES[property]!.except?.includes(role))
    .map((property) => [role, property] as const),
);

test('every property is tried, and every role', () => {
  expect(Object.keys(PROPERTIES)).toEqual(declared());
  const roles = Object.entries(library).filter(
    ([, each]) => typeof each === 'function' && each.prototype instanceof Role,
  );
  const tried = Object.keys(ROLES).map((name) => name.split(' ')[0]);
  expect(roles.map(([name]) => name).filter((name) => !tried.includes(name))).toEqual([]);
});

test.each(CASES)('%s: %s of a role is in each of its objects and pods', (role, property) => {
  const site = new Site(Testing.app(), 'dfw', { domain: 'example.org' });
  check(ROLES[role]!(site, PROPERTIES[property]!.given).chart.toJson(), PROPERTIES[property]!);
});

test.each(CASES)('%s: %s of the site is in each of its objects and pods', (role, property) => {
  const site = new Site(Testing.app(), 'dfw', { domain: 'example.org', ...PROPERTIES[property]!.given });
  const { chart } = ROLES[role]!(site, {});
  check([...site.chart.toJson(), ...chart.toJson()], PROPERTIES[property]!);
});

function check(objects: Manifest[], { object, pods }: Expected): void {
  expect(objects.length).toBeGreaterThan(2);
  for (const each of objects) object?.(each);
  const found = podsOf(objects);
  expect(found.length).toBeGreaterThan(0);
  for (const each of found) pods?.(each);
}

function podsOf(objects: Manifest[]): Pods[] {
  const own = podTemplates(objects).map(({ owner, template }) => ({
    name: owner.metadata.name as string,
    labels: template.metadata.labels ?? {},
    annotations: template.metadata.annotations ?? {},
    spec: template.spec,
    operators: false,
  }));
  const operators = ofKind(objects, 'InnoDBCluster').flatMap(({ spec }) =>
    [
      { name: 'servers', of: spec },
      { name: 'routers', of: spec.router },
    ].map(({ name, of }) => ({
      name,
      labels: of.podLabels ?? {},
      annotations: of.podAnnotations ?? {},
      spec: of.podSpec,
      operators: true,
    })),
  );
  return [...own, ...operators];
}

function containers(spec: Manifest): Manifest[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

function millis(cpu: string): number {
  expect(cpu).toMatch(/^\d+m$/);
  return Number.parseInt(cpu, 10);
}

/** 512 m for each GiB, and the agents of pairs 50. */
function requestOf({ name, resources }: Manifest): number {
  const share = Math.round(Number.parseInt(resources.limits.memory, 10) / 2);
  // The agent is added to a balancer's pod when its engine has asked for CPU already.
  if (['nginx', 'perlbal'].includes(name)) return Number.parseInt(resources.requests.cpu, 10);
  return name === 'heartbeat' ? Math.max(50, share) : share;
}

/** What Kubernetes counts for a pod: its containers and sidecars together, or an init container and the sidecars. */
function diskOf(spec: Manifest, what: 'requests' | 'limits'): number {
  const of = ({ resources }: Manifest) => Number.parseInt(resources[what]['ephemeral-storage'], 10);
  const sum = (all: Manifest[]) => all.reduce((total, each) => total + of(each), 0);
  const init: Manifest[] = spec.initContainers ?? [];
  const sidecars = sum(init.filter((each) => each.restartPolicy === 'Always'));
  const ending = init.filter((each) => each.restartPolicy !== 'Always').map((each) => sidecars + of(each));
  return Math.max(...ending, sidecars + sum(spec.containers));
}

/** The properties that the library declares, `metadata.labels` and so on. */
function declared(): string[] {
  const source = readFileSync(join(__dirname, '../constructs/core/common-props.ts'), 'utf8');
  const members = (name: string): [string, string][] => {
    const body = new RegExp(`export interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? '';
    return [...body.matchAll(/^ {2}readonly (\w+)\?: ([\w.]+)/gm)].map(([, property, type]) => [property!, type!]);
  };
  return members('CommonProps').flatMap(([property, type]) => {
    const inner = members(type).map(([name]) => `${property}.${name}`);
    return inner.length > 0 ? inner : [property];
  });
}
