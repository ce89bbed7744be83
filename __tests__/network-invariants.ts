import { matches, named, podTemplates } from './invariants';
import { AGENT_PORT } from '../contract/agent-api';
import { PART_OF } from '../contract/labels';
import { Manifest, ofKind } from './support';

interface Pods {
  readonly owner: Manifest;
  readonly template: Manifest;
}

/** A port that some pods may connect to others on. */
interface Opening {
  readonly from: Pods | 'anyone';
  readonly to: Pods;
  readonly port: number;
}

/** Rules of who is let in where: each throws with the name of what breaks it. */
export const NETWORK_INVARIANTS: Record<string, (objects: Manifest[]) => void> = {
  'what is open between two roles is open at both ends'(objects) {
    const told = (openings: Opening[]) => {
      const between = openings.filter(({ from }) => from !== 'anyone');
      return [...new Set(between.map(({ from, to, port }) => `${name(from)} to ${name(to)} ${port}`))].sort();
    };
    expect(told(openingsOf(objects, 'egress'))).toEqual(told(openingsOf(objects, 'ingress')));
  },

  'whoever is told the address of a Service is let in at its ports'(objects) {
    const open = openingsOf(objects, 'ingress');
    for (const { service, pods } of servicePods(objects)) {
      for (const user of podTemplates(objects)) {
        for (const port of portsToldTo(user, service, objects)) {
          for (const one of pods) {
            const known = open.some(
              (each) =>
                each.port === port &&
                each.to.owner === one.owner &&
                each.from !== 'anyone' &&
                each.from.owner === user.owner,
            );
            const letIn =
              known || open.some((each) => each.from === 'anyone' && each.to.owner === one.owner && each.port === port);
            expect([named(user.owner), named(service), port, letIn]).toEqual([
              named(user.owner),
              named(service),
              port,
              true,
            ]);
          }
        }
      }
    }
  },

  'what faces the world is open to anyone, and nothing else is'(objects) {
    const world = servicePods(objects)
      .filter(({ service }) => ['LoadBalancer', 'NodePort'].includes(service.spec.type))
      .flatMap(({ service, pods }) =>
        pods.flatMap((each) => ports(service).map((port) => `${named(each.owner)} ${port}`)),
      );
    const open = openingsOf(objects, 'ingress').filter(({ from }) => from === 'anyone');
    expect([...new Set(open.map(({ to, port }) => `${named(to.owner)} ${port}`))].sort()).toEqual(
      [...new Set(world)].sort(),
    );
  },

  'every port of a Service is one that its pods say they listen on'(objects) {
    for (const { service, pods } of servicePods(objects)) {
      for (const { owner, template } of pods) {
        const listening = [...(template.spec.initContainers ?? []), ...template.spec.containers].flatMap(
          (each: Manifest) => (each.ports ?? []).map((one: Manifest) => one.containerPort),
        );
        for (const port of ports(service)) {
          expect([named(service), named(owner), port, listening.includes(port)]).toEqual([
            named(service),
            named(owner),
            port,
            true,
          ]);
        }
      }
    }
  },

  'each selector of a Service, policy, budget and spread selects the pods of one role, and some'(objects) {
    const selectors = objects.flatMap((object): [string, string, Record<string, string>][] => {
      const { namespace } = object.metadata;
      if (object.kind === 'Service' && object.spec.selector) {
        const { 'statefulset.kubernetes.io/pod-name': _, ...labels } = object.spec.selector;
        return [[named(object), namespace, labels]];
      }
      if (object.kind === 'PodDisruptionBudget') return [[named(object), namespace, object.spec.selector.matchLabels]];
      if (object.kind === 'NetworkPolicy') return policySelectors(object);
      const spread = object.spec?.template?.spec?.topologySpreadConstraints ?? [];
      return spread.map((each: Manifest) => [named(object), namespace, each.labelSelector.matchLabels]);
    });
    const ofRoles = selectors.filter(([, , labels]) => !selectsSite(labels));
    expect(ofRoles.length).toBeGreaterThan(0);
    for (const [who, namespace, labels] of ofRoles) {
      const owners = podsOf(objects, labels, namespace).map(({ owner }) => named(owner));
      expect([who, labels, owners]).toEqual([who, labels, [expect.any(String)]]);
    }
  },

  'what selects every pod of a site opens the port of the agents alone'(objects) {
    for (const policy of ofKind(objects, 'NetworkPolicy')) {
      const { ingress = [], egress = [] } = policy.spec;
      const all = policySelectors(policy).some(([, , labels]) => selectsSite(labels));
      const opened = [...ingress, ...egress].flatMap((rule: Manifest) => rule.ports.map(({ port }: Manifest) => port));
      if (all) expect([named(policy), opened]).toEqual([named(policy), [AGENT_PORT]]);
    }
  },
};

/** Whether labels are those of all pods of a site. */
function selectsSite(labels: Record<string, string>): boolean {
  return Object.keys(labels).join() === PART_OF;
}

function name(of: Pods | 'anyone'): string {
  return of === 'anyone' ? of : named(of.owner);
}

function podsOf(objects: Manifest[], labels: Record<string, string> | undefined, namespace: string): Pods[] {
  if (!labels || Object.keys(labels).length === 0) return [];
  return podTemplates(objects).filter(
    ({ owner, template }) => owner.metadata.namespace === namespace && matches(labels, template.metadata.labels),
  );
}

/** Pods that are named by a policy's own selector, and by its peers; those of other programs of the cluster are left out. */
function policySelectors(policy: Manifest): [string, string, Record<string, string>][] {
  const { namespace } = policy.metadata;
  const rules = [...(policy.spec.ingress ?? []), ...(policy.spec.egress ?? [])];
  const peers = rules.flatMap((rule: Manifest) => [...(rule.from ?? []), ...(rule.to ?? [])]);
  const own = policy.spec.podSelector.matchLabels;
  return [
    ...(own ? [[named(policy), namespace, own] as [string, string, Record<string, string>]] : []),
    ...peers.flatMap((peer: Manifest): [string, string, Record<string, string>][] => {
      const labels = peer.podSelector?.matchLabels;
      const foreign = !labels || !('app.kubernetes.io/part-of' in labels);
      return foreign ? [] : [[named(policy), peerNamespace(peer, namespace), labels]];
    }),
  ];
}

function peerNamespace(peer: Manifest, own: string): string {
  return peer.namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] ?? own;
}

/** Who may connect where, as the policies of one direction say. */
function openingsOf(objects: Manifest[], direction: 'egress' | 'ingress'): Opening[] {
  return ofKind(objects, 'NetworkPolicy').flatMap((policy) =>
    (policy.spec[direction] ?? []).flatMap((rule: Manifest) => {
      const { namespace } = policy.metadata;
      const own = podsOf(objects, policy.spec.podSelector.matchLabels, namespace);
      const listed: Manifest[] | undefined = direction === 'egress' ? rule.to : rule.from;
      const peers: (Pods | 'anyone')[] = listed
        ? listed.flatMap((peer) => podsOf(objects, peer.podSelector?.matchLabels, peerNamespace(peer, namespace)))
        : ['anyone'];
      return own.flatMap((one) =>
        peers.flatMap((other) =>
          (rule.ports ?? []).flatMap(({ port }: Manifest): Opening[] => {
            if (direction === 'ingress') return [{ from: other, to: one, port }];
            return other === 'anyone' ? [] : [{ from: one, to: other, port }];
          }),
        ),
      );
    }),
  );
}

/** Services, and the pods behind them; agents lead those without a selector to the StatefulSet that begins its name. */
function servicePods(objects: Manifest[]): { service: Manifest; pods: Pods[] }[] {
  return ofKind(objects, 'Service').map((service) => {
    const { 'statefulset.kubernetes.io/pod-name': _, ...labels } = service.spec.selector ?? {};
    const { namespace, name: called } = service.metadata;
    const pods = service.spec.selector
      ? podsOf(objects, labels, namespace)
      : podTemplates(objects).filter(
          ({ owner }) =>
            owner.kind === 'StatefulSet' &&
            owner.metadata.namespace === namespace &&
            called.startsWith(`${owner.metadata.name}-`),
        );
    expect([named(service), pods.length]).toEqual([named(service), 1]);
    return { service, pods };
  });
}

function ports(service: Manifest): number[] {
  return (service.spec.ports ?? []).map((each: Manifest) => Number(each.targetPort ?? each.port));
}

/**
 * The ports of a Service that some pods are told of: with its name, in their environment, their programs' arguments or the
 * files that they mount. Where a name stands without a port, the Service has to have one alone to be held to it.
 */
function portsToldTo(user: Pods, service: Manifest, objects: Manifest[]): number[] {
  const { name: called, namespace } = service.metadata;
  const volumes = user.template.spec.volumes ?? [];
  const mounted = new Set(volumes.map((each: Manifest) => each.configMap?.name));
  const files = ofKind(objects, 'ConfigMap').filter(
    (each) => each.metadata.namespace === user.owner.metadata.namespace && mounted.has(each.metadata.name),
  );
  const texts = files.flatMap(({ data }) => Object.entries<string>(data).map(([file, text]) => withPorts(file, text)));
  // Garage's set-up tells each slice where the others are, and connects to none of these itself.
  const text = JSON.stringify([user.template.spec, texts]).replaceAll(/\\"rpc\\":\\"[^"]*\\"/g, '');
  const mentions = [...text.matchAll(new RegExp(`(?<![\\w-])${called}\\.${namespace}\\.svc[\\w.]*(?::(\\d+))?`, 'g'))];
  const offered: Manifest[] = service.spec.ports ?? [];
  return mentions.flatMap(([, port]) => {
    if (port === undefined) return offered.length === 1 ? ports(service) : [];
    const one = offered.find((each) => String(each.port) === port);
    return [Number(one?.targetPort ?? port)];
  });
}

/** A JSON configuration with each host and port beside each other, as in an address. */
function withPorts(file: string, text: string): string {
  if (!file.endsWith('.json')) return text;
  const joined = (_: string, value: Manifest) =>
    value?.host && value.port ? { ...value, host: `${value.host}:${value.port}` } : value;
  return JSON.stringify(JSON.parse(text, joined));
}
