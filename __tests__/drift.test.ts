import { driftOf, sentenceOf } from '../cli/drift';
import { LiveObject } from '../cli/inventory';

const applied = (image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'dfw-web', namespace: 'dfw' },
  spec: { replicas: 2, template: { spec: { containers: [{ name: 'httpd', image }] } } },
});

const IMAGE = {
  'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"httpd"}': { '.': {}, 'f:image': {} } } } } },
};

function live(manager: string, fieldsV1: object, spec: object, metadata: object = {}, more: object = {}): LiveObject {
  const last = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied('httpd:2.4')) };
  const managedFields = [{ manager, operation: 'Update', time: '2026-01-01T00:00:00Z', fieldsV1, ...more }];
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'dfw-web', namespace: 'dfw', annotations: last, managedFields, ...metadata },
    spec,
  } as unknown as LiveObject;
}

const edited = applied('httpd:bad').spec;

test('a field that was edited is told with its manager, its time, and both values', () => {
  expect(driftOf(live('kubectl-edit', IMAGE, edited))).toEqual([
    {
      object: 'dfw statefulset.apps/dfw-web',
      field: 'spec.template.spec.containers[name=httpd].image',
      applied: 'httpd:2.4',
      now: 'httpd:bad',
      manager: 'kubectl-edit',
      time: '2026-01-01T00:00:00Z',
    },
  ]);
  expect(sentenceOf(driftOf(live('kubectl-edit', IMAGE, edited))[0]!)).toBe(
    '  spec.template.spec.containers[name=httpd].image: "httpd:2.4" is now "httpd:bad" (kubectl-edit, 2026-01-01T00:00:00Z)',
  );
});

test('a field that was added is told, as nothing was applied there', () => {
  const object = live('kubectl-label', { 'f:metadata': { 'f:labels': { 'f:by': {} } } }, applied('httpd:2.4').spec, {
    labels: { by: 'hand' },
  });
  expect(driftOf(object)).toEqual([
    expect.objectContaining({ field: 'metadata.labels.by', applied: undefined, now: 'hand' }),
  ]);
});

test.each(['kubectl-client-side-apply', 'kube-controller-manager', 'kustomize-controller', 'keda'])(
  'what %s writes is nobody’s edit',
  (manager) => {
    expect(driftOf(live(manager, IMAGE, edited))).toEqual([]);
  },
);

test('a status, and a value that is as it was applied, are no edit', () => {
  expect(driftOf(live('someone', IMAGE, edited, {}, { subresource: 'status' }))).toEqual([]);
  expect(driftOf(live('kubectl-patch', IMAGE, applied('httpd:2.4').spec))).toEqual([]);
});

test('what was taken away is told, though nobody is known to have done it', () => {
  const spec = { template: applied('httpd:2.4').spec.template };
  expect(driftOf(live('kubectl-client-side-apply', {}, spec))).toEqual([
    expect.objectContaining({ field: 'spec.replicas', applied: 2, now: undefined, manager: undefined }),
  ]);
  const none = { replicas: 2, template: { spec: { containers: [] } } };
  expect(driftOf(live('kubectl-client-side-apply', {}, none)).map(({ field }) => field)).toEqual([
    'spec.template.spec.containers[name=httpd]',
  ]);
});

test('an object that was never applied by kubectl has what others wrote', () => {
  const object = live('someone', IMAGE, edited, { annotations: {} });
  expect(driftOf(object).map(({ now }) => now)).toEqual(['httpd:bad']);
});
