import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { ApiObject, Chart, JsonPatch, Size, Testing } from 'cdk8s';
import { Durability, ReplicatedMySQL, WebTier, k8s } from '../constructs';
import { Manifest, find, newSite, ofKind, synth } from './support';

const ram = Size.mebibytes(512);
const image = 'registry.example.org/forum:1';

function newRoles() {
  const site = newSite();
  const db = new ReplicatedMySQL(site, 'db', { ram, durability: Durability.PREFERRED, databases: ['forum'] });
  const files = { '/etc/forum.conf': 'colour = blue\n' };
  const web = new WebTier(site, 'web', { ram, image, files, migrate: ['migrate'], uses: [db] });
  return { site, db, web };
}

const container = (objects: Manifest[], name = 'dfw-web') =>
  objects.find(({ kind, metadata }) => ['StatefulSet', 'Deployment'].includes(kind) && metadata.name === name)!.spec
    .template.spec.containers[0];
const jobOf = (objects: Manifest[]) =>
  ofKind(objects, 'Job').find(({ metadata }) => metadata.name.startsWith('dfw-web-'));
const filesOf = (objects: Manifest[]) =>
  ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('dfw-web-files-'));

/** The ConfigMap of a role's own files. */
function filesObject(web: WebTier): ApiObject {
  return web.chart.node.findChild('files') as ApiObject;
}

test('a plain text in the place of a quantity or of a port is what Kubernetes gets', () => {
  const { site, web } = newRoles();
  const at = '/spec/template/spec/containers/0';
  web.deployment.addJsonPatch(
    JsonPatch.add(`${at}/resources/limits/cpu`, '2'),
    JsonPatch.replace(`${at}/resources/limits/memory`, '600Mi'),
    JsonPatch.replace(`${at}/readinessProbe/httpGet/port`, 'http'),
    JsonPatch.replace(`${at}/livenessProbe/tcpSocket/port`, 81),
  );
  const { resources, readinessProbe, livenessProbe } = container(synth(site));
  expect(resources.limits).toEqual({ cpu: '2', memory: '600Mi' });
  expect([readinessProbe.httpGet.port, livenessProbe.tcpSocket.port]).toEqual(['http', 81]);
});

test('a typed value is what Kubernetes gets, too', () => {
  const { site, web } = newRoles();
  const at = '/spec/template/spec/containers/0';
  web.deployment.addJsonPatch(
    JsonPatch.add(`${at}/resources/limits`, { memory: k8s.Quantity.fromString('600Mi') }),
    JsonPatch.add(`${at}/ports/0`, { name: 'more', containerPort: 81 }),
    JsonPatch.replace(`${at}/readinessProbe/httpGet/port`, k8s.IntOrString.fromNumber(81)),
  );
  const { resources, readinessProbe, ports } = container(synth(site));
  expect([resources.limits, readinessProbe.httpGet.port]).toEqual([{ memory: '600Mi' }, 81]);
  expect(ports[0]).toEqual({ name: 'more', containerPort: 81 });
});

test('a path has the names that Kubernetes has', () => {
  const { site, web } = newRoles();
  const service = web.chart.node.findChild('ready') as ApiObject;
  service.addJsonPatch(
    JsonPatch.replace('/spec/clusterIP', '10.96.1.1'),
    JsonPatch.add('/spec/externalIPs', ['10.1.1.1']),
  );
  expect(find(synth(site), 'Service', 'dfw-web-ready').spec).toMatchObject({
    clusterIP: '10.96.1.1',
    externalIPs: ['10.1.1.1'],
  });
});

test('a patch of a path that is not there is an error that names the object', () => {
  const { site, web } = newRoles();
  web.deployment.addJsonPatch(JsonPatch.replace('/spec/nope/deeper', 1));
  expect(() => synth(site)).toThrow(/: a patch does not fit the object; write a path that it has: /);
});

test('each patch of a Job makes another one, and no patch leaves the name as it is', () => {
  const names = [undefined, 60, 90].map((seconds) => {
    const { site, web } = newRoles();
    if (seconds) web.migrateJob?.addJsonPatch(JsonPatch.add('/spec/template/spec/activeDeadlineSeconds', seconds));
    const { metadata, spec } = jobOf(synth(site));
    expect(spec.template.spec.activeDeadlineSeconds).toBe(seconds);
    return metadata.name as string;
  });
  expect(new Set(names).size).toBe(3);
  for (const name of names) expect(name).toMatch(/^dfw-web-migrate-[0-9a-f]{10}$/);
});

test('a patch of labels leaves the name of a Job, as Kubernetes changes them', () => {
  const { site, web } = newRoles();
  const { name } = jobOf(synth(site)).metadata;
  web.migrateJob?.addJsonPatch(JsonPatch.add('/metadata/labels/team', 'a'));
  expect(jobOf(synth(site)).metadata).toMatchObject({ name, labels: { team: 'a' } });
});

test('each patch of a ConfigMap makes another one, and all that mount it follow: slices, and Jobs by names of their own', () => {
  const before = newRoles();
  const { web, site } = newRoles();
  const path = Object.keys(filesOf(synth(before.site)).data)[0] as string;
  filesObject(web).addJsonPatch(JsonPatch.replace(`/data/${path.replaceAll('/', '~1')}`, 'colour = red\n'));
  const [was, is] = [synth(before.site), synth(site)];
  const [old, now] = [filesOf(was).metadata.name, filesOf(is).metadata.name];
  expect([now === old, filesOf(is).data[path]]).toEqual([false, 'colour = red\n']);
  expect(now).toMatch(/^dfw-web-files-[0-9a-f]{10}$/);
  expect(JSON.stringify(is)).not.toContain(old);
  expect(JSON.stringify(find(is, 'Deployment', 'dfw-web'))).toContain(now);
  expect(JSON.stringify(jobOf(is))).toContain(now);
  expect(jobOf(is).metadata.name).not.toBe(jobOf(was).metadata.name);
});

test('a patch after a first synthesis is followed, too, and a name that a patch writes stays', () => {
  const { site, web } = newRoles();
  const first = jobOf(synth(site)).metadata.name;
  web.migrateJob?.addJsonPatch(JsonPatch.add('/spec/backoffLimit', 5));
  const second = jobOf(synth(site)).metadata.name;
  web.migrateJob?.addJsonPatch(JsonPatch.replace('/metadata/name', 'dfw-web-mine'));
  expect([first === second, jobOf(synth(site)).metadata.name]).toEqual([false, 'dfw-web-mine']);
});

test('objects that the user makes by the same classes are patched in the same way', () => {
  const chart = new Chart(Testing.app(), 'mine');
  const service = new k8s.KubeService(chart, 'mine', { spec: { ports: [{ port: 80 }] } });
  service.addJsonPatch(JsonPatch.add('/spec/ports/0/targetPort', 'http'));
  expect(chart.toJson()[0].spec.ports).toEqual([{ port: 80, targetPort: 'http' }]);
});

test('the patches of docs/day-two.md are in the objects', () => {
  const page = readFileSync(join(__dirname, '../docs/day-two.md'), 'utf8');
  const [, code = ''] = /```ts\nimport \{ JsonPatch \} from 'cdk8s';\n([^`]*`migrate`[^`]*)```/.exec(page) ?? [];
  const { site, db, web } = newRoles();
  // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-call
  new Function('JsonPatch', 'db', 'web', transformSync(code, { jsc: { target: 'es2022' } }).code)(JsonPatch, db, web);
  const objects = synth(site);
  const { resources, readinessProbe } = container(objects);
  expect([
    find(objects, 'StatefulSet', 'dfw-db').spec.template.spec.schedulerName,
    resources.limits.cpu,
    readinessProbe.httpGet.port,
    jobOf(objects).spec.template.spec.activeDeadlineSeconds,
  ]).toEqual(['by-rack', '2', 'http', 3600]);
});
