import { podMebibytes } from '../constructs/core/workload';
import { MANAGED, MANAGED_BY } from '../contract/labels';
import { Manifest, ofKind } from './support';

/** Every pod template of the objects, with the object it is in. */
export function podTemplates(objects: Manifest[]): { owner: Manifest; template: Manifest }[] {
  return objects.flatMap((owner) => {
    const template = owner.spec?.jobTemplate?.spec.template ?? owner.spec?.template;
    return template?.spec?.containers ? [{ owner, template }] : [];
  });
}

/** The pages by which containers show that they are alive: each is answered without asking another pod. */
const LOCAL_PAGES: Record<string, string> = {
  alertmanager: '/-/healthy',
  heartbeat: '/healthz',
  exporter: '/healthz',
  haproxy: '/healthz',
  nginx: '/healthz',
  prometheus: '/-/healthy',
  // mogstored's own start page.
  storage: '/',
};

/** Rules that hold for every object that the library makes: each throws with the name of what breaks it. */
export const INVARIANTS: Record<string, (objects: Manifest[]) => void> = {
  'Flux and Argo CD leave what holds data, and what pods of an earlier revision mount'(objects) {
    const kinds = ['Namespace', 'Secret', 'PersistentVolumeClaim', 'InnoDBCluster'];
    for (const { kind, metadata, immutable } of objects.filter((each) => kinds.includes(each.kind) || each.immutable)) {
      const where = [kind, metadata.name, immutable];
      expect([...where, metadata.annotations]).toEqual([
        ...where,
        expect.objectContaining({
          'kustomize.toolkit.fluxcd.io/prune': 'disabled',
          'argocd.argoproj.io/sync-options': expect.stringContaining('Prune=false'),
        }),
      ]);
    }
  },
  'no two objects have the same kind, namespace and name'(objects) {
    const names = objects.map((each) => `${each.kind} ${each.metadata.namespace ?? ''}/${each.metadata.name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  },

  'every container has memory and asks for no more than its limit'(objects) {
    for (const { owner, template } of podTemplates(objects)) {
      for (const container of allContainers(template)) {
        const { requests, limits } = container.resources;
        expect([named(owner), container.name, requests.memory]).toEqual([named(owner), container.name, limits.memory]);
        expect(requests.cpu).toMatch(/^\d+m$/);
        expect(limits.cpu).toBeUndefined();
      }
    }
  },

  'a StatefulSet has a Service for each of its slices, which selects that pod alone'(objects) {
    for (const set of ofKind(objects, 'StatefulSet')) {
      for (let number = 1; number <= set.spec.replicas; number++) {
        const pod = `${set.metadata.name}-${number}`;
        const services = ofKind(objects, 'Service').filter(
          (each) => each.spec.selector?.['statefulset.kubernetes.io/pod-name'] === pod,
        );
        expect([pod, services.length]).toEqual([pod, 1]);
        expect(services[0].spec.selector).toMatchObject(set.spec.selector.matchLabels);
      }
    }
  },

  'selectors select the pods of their own role and no others'(objects) {
    const templates = podTemplates(objects);
    for (const { owner } of templates.filter(({ owner }) => owner.spec.selector)) {
      const selected = templates.filter(
        (each) =>
          each.owner.metadata.namespace === owner.metadata.namespace &&
          matches(owner.spec.selector.matchLabels, each.template.metadata.labels) &&
          each.owner.spec.selector,
      );
      expect(selected.map((each) => named(each.owner))).toEqual([named(owner)]);
    }
  },

  'whatever keeps nothing is replaced where its node is lost, one at a time in a release, and takes no more than its RAM'(
    objects,
  ) {
    const lost = ['not-ready', 'unreachable'].map((state) => `node.kubernetes.io/${state}`);
    for (const deployment of ownDeployments(objects)) {
      const { strategy, template } = deployment.spec;
      expect([named(deployment), strategy]).toEqual([
        named(deployment),
        { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      ]);
      const brief = template.spec.tolerations.filter(({ tolerationSeconds }: Manifest) => tolerationSeconds === 5);
      expect([named(deployment), brief.map(({ key }: Manifest) => key).sort()]).toEqual([named(deployment), lost]);
      const claims = (template.spec.volumes ?? []).filter(({ persistentVolumeClaim: claim }: Manifest) => claim);
      expect([named(deployment), claims]).toEqual([named(deployment), []]);
      // A lost node counts as a node without any of them, unless its taints are honoured, and the other node would take none.
      for (const { nodeTaintsPolicy } of template.spec.topologySpreadConstraints ?? [])
        expect([named(deployment), nodeTaintsPolicy]).toEqual([named(deployment), 'Honor']);
    }
  },

  'a slice with a name of its own leaves a lost node at once only where it has no volume'(objects) {
    for (const { metadata, spec } of ofKind(objects, 'StatefulSet')) {
      const { tolerations = [] } = spec.template.spec;
      const isBrief = tolerations.some(({ tolerationSeconds }: Manifest) => tolerationSeconds === 5);
      expect([metadata.name, isBrief]).toEqual([metadata.name, spec.volumeClaimTemplates === undefined]);
    }
  },

  'nobody may remove a pod that has a volume'(objects) {
    const evictable = ofKind(objects, 'StatefulSet')
      .filter(({ spec }) => spec.volumeClaimTemplates === undefined)
      .flatMap(({ metadata: { namespace, name }, spec }) =>
        Array.from({ length: spec.replicas }, (_, index) => `${namespace}/${name}-${index + 1}`),
      );
    for (const { metadata, rules } of ofKind(objects, 'Role'))
      for (const { resources, verbs, resourceNames = ['*'] } of rules)
        if (resources.includes('pods') && verbs.includes('delete'))
          for (const name of resourceNames) expect(evictable).toContain(`${metadata.namespace}/${name}`);
  },

  'whatever has two slices or more has a budget that never blocks a drain for ever'(objects) {
    for (const set of workloads(objects)) {
      const budgets = ofKind(objects, 'PodDisruptionBudget').filter(
        (each) =>
          each.metadata.namespace === set.metadata.namespace &&
          matches(each.spec.selector.matchLabels, set.spec.template.metadata.labels),
      );
      const scaler = ofKind(objects, 'HorizontalPodAutoscaler').find(
        ({ spec }) => spec.scaleTargetRef.name === set.metadata.name,
      );
      const most = set.spec.replicas ?? scaler?.spec.maxReplicas;
      expect([named(set), budgets.length]).toEqual([named(set), most > 1 ? 1 : 0]);
      for (const budget of budgets) {
        expect(budget.spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
      }
    }
  },

  'a budget lets one slice of a role go at any time, and one that is not ready always'(objects) {
    for (const { metadata, spec } of ofKind(objects, 'PodDisruptionBudget')) {
      const { maxUnavailable, minAvailable, unhealthyPodEvictionPolicy } = spec;
      const rule = { maxUnavailable, minAvailable, unhealthyPodEvictionPolicy };
      const expected = { maxUnavailable: 1, minAvailable: undefined, unhealthyPodEvictionPolicy: 'AlwaysAllow' };
      expect([metadata.name, rule]).toEqual([metadata.name, expected]);
      const sets = workloads(objects).filter(
        (set) =>
          set.metadata.namespace === metadata.namespace &&
          matches(spec.selector.matchLabels, set.spec.template.metadata.labels),
      );
      // An operator makes the routers of its group by itself.
      const operated = ofKind(objects, 'InnoDBCluster').some(
        ({ metadata: { name, namespace } }) => namespace === metadata.namespace && metadata.name === `${name}-routers`,
      );
      expect([metadata.name, sets.length]).toEqual([metadata.name, operated ? 0 : 1]);
    }
  },

  'a CronJob begins no run while one is under way, and says in which time zone its schedule is'(objects) {
    for (const { metadata, spec } of ofKind(objects, 'CronJob')) {
      const { concurrencyPolicy, timeZone, startingDeadlineSeconds } = spec;
      expect([metadata.name, concurrencyPolicy, timeZone]).toEqual([metadata.name, 'Forbid', 'Etc/UTC']);
      // Without it, Kubernetes gives up a CronJob for good that has missed 100 starts.
      expect(startingDeadlineSeconds).toBeGreaterThan(0);
    }
  },

  'no container writes to its root file system'(objects) {
    for (const { owner, template } of podTemplates(objects)) {
      for (const { name, securityContext } of allContainers(template)) {
        const { readOnlyRootFilesystem, privileged = false } = securityContext;
        expect([named(owner), name, readOnlyRootFilesystem, privileged]).toEqual([named(owner), name, true, false]);
      }
    }
  },

  'every namespace denies what no policy allows, and enforces Pod Security'(objects) {
    const namespaces = ofKind(objects, 'Namespace');
    for (const { metadata } of namespaces) {
      expect(metadata.labels['pod-security.kubernetes.io/enforce']).toMatch(/^(restricted|baseline)$/);
      const deny = ofKind(objects, 'NetworkPolicy').filter(
        (each) =>
          each.metadata.namespace === metadata.name &&
          Object.keys(each.spec.podSelector).length === 0 &&
          !each.spec.ingress &&
          !each.spec.egress &&
          each.spec.policyTypes.length === 2,
      );
      expect([metadata.name, deny.length]).toEqual([metadata.name, 1]);
    }
    const known = new Set(namespaces.map((each) => each.metadata.name));
    for (const object of objects.filter((each) => each.metadata.namespace)) {
      expect([named(object), known.has(object.metadata.namespace)]).toEqual([named(object), true]);
    }
  },

  'whoever is in a namespace at restricted obeys its rules'(objects) {
    const restricted = new Set(
      ofKind(objects, 'Namespace')
        .filter((each) => each.metadata.labels['pod-security.kubernetes.io/enforce'] === 'restricted')
        .map((each) => each.metadata.name),
    );
    for (const { owner, template } of podTemplates(objects)) {
      expect(template.spec.securityContext.seccompProfile).toEqual({ type: 'RuntimeDefault' });
      for (const container of allContainers(template)) {
        expect(container.securityContext).toMatchObject({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          ...(restricted.has(owner.metadata.namespace) ? { runAsNonRoot: true } : {}),
        });
      }
    }
  },

  'no pod is given a token by default'(objects) {
    for (const { owner, template } of podTemplates(objects)) {
      expect([named(owner), template.spec.automountServiceAccountToken]).toEqual([named(owner), false]);
    }
  },

  'every image has a tag or a digest'(objects) {
    for (const { template } of podTemplates(objects)) {
      for (const container of allContainers(template))
        expect(container.image).toMatch(/(:[^/:]+|@sha256:[0-9a-f]{64})$/);
    }
  },

  'no Secret is written'(objects) {
    expect(ofKind(objects, 'Secret')).toEqual([]);
  },

  'every ConfigMap, Secret and volume that a pod names is there, or on the list of Secrets to make'(objects) {
    const list = ofKind(objects, 'ConfigMap').filter((each) => each.metadata.name === 'required-secrets');
    const secrets = new Set(
      list.flatMap((each) =>
        Object.entries(each.data ?? {}).flatMap(([name, text]) =>
          (JSON.parse(text as string).namespaces as string[]).map((namespace) => `${namespace}/${name}`),
        ),
      ),
    );
    const configs = new Set(
      ofKind(objects, 'ConfigMap').map((each) => `${each.metadata.namespace}/${each.metadata.name}`),
    );
    for (const { owner, template } of podTemplates(objects)) {
      for (const [kind, name] of references(template)) {
        const known = kind === 'secret' ? secrets : configs;
        const full = `${owner.metadata.namespace}/${name}`;
        expect([named(owner), kind, full, known.has(full)]).toEqual([named(owner), kind, full, true]);
      }
    }
  },

  'every ConfigMap is small enough for client-side apply'(objects) {
    for (const config of ofKind(objects, 'ConfigMap')) {
      expect(Buffer.byteLength(JSON.stringify(config))).toBeLessThan(262_144);
    }
  },

  'liveness depends on the pod alone'(objects) {
    const services = ofKind(objects, 'Service').map(({ metadata }) => `${metadata.name}.${metadata.namespace}.svc`);
    for (const { owner, template } of podTemplates(objects)) {
      for (const { name, livenessProbe } of allContainers(template)) {
        if (!livenessProbe) continue;
        const where = [named(owner), name];
        const { exec, httpGet, tcpSocket, grpc, failureThreshold = 3, periodSeconds = 10 } = livenessProbe;
        expect([...where, httpGet?.host, tcpSocket?.host, grpc]).toEqual([...where, undefined, undefined, undefined]);
        // A page may ask for more than the program that serves it; these do not.
        if (httpGet) expect([...where, httpGet.path]).toEqual([...where, LOCAL_PAGES[name]]);
        const told = JSON.stringify(exec ?? {});
        expect([...where, services.filter((each) => told.includes(each))]).toEqual([...where, []]);
        // A container is not killed by the first answer that a busy node delays.
        expect([...where, failureThreshold * periodSeconds >= 20]).toEqual([...where, true]);
      }
    }
  },
};

/** The Deployments of roles. A site's owner may have others, which have none of the library's labels. */
function ownDeployments(objects: Manifest[]): Manifest[] {
  return ofKind(objects, 'Deployment').filter(({ metadata }) => metadata.labels?.[MANAGED] === MANAGED_BY);
}

/** The workloads of the slices of each role, and of the kinds of workers beside them. */
export function workloads(objects: Manifest[]): Manifest[] {
  return [...ofKind(objects, 'StatefulSet'), ...ownDeployments(objects)];
}

/** RAM that the pod of each workload takes, in MiB, for comparison with what its slices are given. */
export function ramOfSets(objects: Manifest[]): Record<string, number> {
  return Object.fromEntries(workloads(objects).map((set) => [set.metadata.name, podMebibytes(set.spec.template.spec)]));
}

export function allContainers(template: Manifest): Manifest[] {
  return [...(template.spec.initContainers ?? []), ...template.spec.containers];
}

function references(template: Manifest): [string, string][] {
  const found: [string, string][] = [];
  for (const volume of template.spec.volumes ?? []) {
    for (const source of volume.projected?.sources ?? [volume]) {
      const config = source.configMap;
      const secret = source.secret;
      if (config?.name && !config.optional && config.name !== 'kube-root-ca.crt') found.push(['config', config.name]);
      const secretName = secret?.secretName ?? secret?.name;
      if (secretName && !secret.optional) found.push(['secret', secretName]);
    }
  }
  for (const container of allContainers(template)) {
    for (const variable of container.env ?? []) {
      const { secretKeyRef, configMapKeyRef } = variable.valueFrom ?? {};
      if (secretKeyRef && !secretKeyRef.optional) found.push(['secret', secretKeyRef.name]);
      if (configMapKeyRef) found.push(['config', configMapKeyRef.name]);
    }
    for (const source of container.envFrom ?? []) {
      if (source.secretRef) found.push(['secret', source.secretRef.name]);
      if (source.configMapRef) found.push(['config', source.configMapRef.name]);
    }
  }
  return found;
}

export function matches(selector: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

export function named(object: Manifest): string {
  return `${object.kind} ${object.metadata.name}`;
}
