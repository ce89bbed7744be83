import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LiveObject, dataOf } from '../cli/inventory';
import { Manifest } from '../cli/manifests';
import { isNeededUntilReady, surplusOf } from '../cli/prune';

const labels = { 'app.kubernetes.io/part-of': 'dfw' };
const object = (kind: string, name: string, more: object = {}): LiveObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'dfw', labels },
  ...more,
});
const webOf = (config: string): Manifest =>
  object('Deployment', 'dfw-web', {
    spec: { template: { spec: { volumes: [{ name: 'files', configMap: { name: config } }] } } },
  });
const DATABASE = object('StatefulSet', 'dfw-db', { spec: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] } });

const names = (live: LiveObject[], manifests: Manifest[]) => {
  const { removed, kept } = surplusOf(live, manifests);
  return [removed, kept].map((each) => each.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
};

test('a role that is no longer in the manifests is removed, and what they have stays', () => {
  const live = [
    webOf('c-1'),
    object('StatefulSet', 'dfw-memc'),
    object('Service', 'dfw-memc01'),
    object('ConfigMap', 'c-1'),
  ];
  expect(names(live, [webOf('c-1'), object('ConfigMap', 'c-1')])).toEqual([
    ['StatefulSet dfw-memc', 'Service dfw-memc01'],
    [],
  ]);
});

test('a StatefulSet serves until the Deployment of its name does, and its Service may go at once', () => {
  const manifests = [webOf('c-1')];
  const waits = (kind: string, name: string) => isNeededUntilReady(object(kind, name), manifests);
  expect([waits('StatefulSet', 'dfw-web'), waits('ConfigMap', 'c-0')]).toEqual([true, true]);
  expect([waits('StatefulSet', 'dfw-memc'), waits('Service', 'dfw-web01'), waits('Deployment', 'dfw-web')]).toEqual([
    false,
    false,
    false,
  ]);
  const elsewhere = { ...object('StatefulSet', 'dfw-web'), metadata: { name: 'dfw-web', namespace: 'other' } };
  expect(isNeededUntilReady(elsewhere, manifests)).toBe(false);
});

test('volumes, Secrets and namespaces of what was removed are kept and named', () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'dfw-mail', labels } };
  const live = [object('PersistentVolumeClaim', 'data-dfw-db-1'), object('Secret', 'dfw-db'), namespace];
  expect(names(live, [webOf('c-1')])).toEqual([
    [],
    ['PersistentVolumeClaim data-dfw-db-1', 'Secret dfw-db', 'Namespace dfw-mail'],
  ]);
});

test('a volume of a role that is there, and a Secret that the manifests name, are no surplus', () => {
  const required = object('ConfigMap', 'required-secrets', { data: { 'dfw-db': '{}' } });
  const live = [object('PersistentVolumeClaim', 'data-dfw-db-2'), object('Secret', 'dfw-db')];
  expect(names(live, [DATABASE, required])).toEqual([[], []]);
});

test('a ConfigMap of a version before goes once nothing refers to it, and not earlier', () => {
  const live = [webOf('c-2'), object('ConfigMap', 'c-1'), object('ConfigMap', 'c-2')];
  expect(names(live, [webOf('c-2'), object('ConfigMap', 'c-2')])[0]).toEqual(['ConfigMap c-1']);
  const behind = [webOf('c-1'), object('ConfigMap', 'c-1')];
  expect(names(behind, [webOf('c-2'), object('ConfigMap', 'c-2')])[0]).toEqual([]);
});

test('a finished Job of a version before goes', () => {
  expect(names([object('Job', 'dfw-setup-1')], [webOf('c'), object('Job', 'dfw-setup-2')])[0]).toEqual([
    'Job dfw-setup-1',
  ]);
});

test('what is of another site is not touched', () => {
  const other = {
    ...object('Service', 'ams-web'),
    metadata: { name: 'ams-web', labels: { 'app.kubernetes.io/part-of': 'ams' } },
  };
  expect(names([other], [webOf('c')])).toEqual([[], []]);
});

test('what holds data is asked for by its name alone, and no value of a Secret is read', async () => {
  const bin = mkdtempSync(join(tmpdir(), 'bin-'));
  const script = `#!/bin/sh
echo "$@" >> "$(dirname "$0")/asked"
case "$3" in secrets) printf 'dfw dfw-db\\ndfw other\\n';; *) printf 'dfw data-dfw-db-1\\n';; esac
`;
  writeFileSync(join(bin, 'kubectl'), script, { mode: 0o755 });
  const path = process.env['PATH'];
  process.env['PATH'] = `${bin}:${path}`;
  const found = await dataOf(['--context=east'], ['dfw']).finally(() => (process.env['PATH'] = path));
  expect(names(found, [webOf('c')])[1]).toEqual(['PersistentVolumeClaim data-dfw-db-1', 'Secret dfw-db']);
  for (const line of readFileSync(join(bin, 'asked'), 'utf8').trim().split('\n'))
    expect(line).toMatch(/^--context=east get \w+ .*--output=custom-columns=:.metadata.namespace,:.metadata.name$/);
});
