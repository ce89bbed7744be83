import { Manifest } from './support';

/**
 * What a reader wants to see of a change at one glance: which objects there are, what they are called, their ports, and the
 * containers of their pods with their RAM. What is in them is for the tests that say why.
 */
export function shape(objects: Manifest[]): string {
  return objects
    .flatMap((object) => [[object.kind, nameOf(object), ...says(object)].join(' '), ...pod(object)])
    .join('\n');
}

/** The hash of a content, which says no more than that it is another, is left out. */
function nameOf({ metadata }: Manifest): string {
  return metadata.name.replace(/-[0-9a-f]{10}$/, '-…');
}

function says({ kind, spec, data }: Manifest): string[] {
  if (kind === 'Service') return [spec.clusterIP ?? spec.type ?? 'ClusterIP', ...(spec.ports ?? []).map(servicePort)];
  if (kind === 'NetworkPolicy') return [...ruled('from', spec.ingress), ...ruled('to', spec.egress)];
  if (kind === 'StatefulSet' || kind === 'Deployment') return [`x ${spec.replicas}`];
  if (kind === 'CronJob') return [`at ${spec.schedule}`];
  if (kind === 'ConfigMap') return Object.keys(data);
  return [];
}

function servicePort({ port, targetPort = port }: Manifest): string {
  return port === targetPort ? `:${port}` : `:${port} to ${targetPort}`;
}

function ruled(direction: string, rules: Manifest[] = []): string[] {
  return rules.flatMap(({ ports = [] }) => [direction, ...ports.map(({ port }: Manifest) => `:${port}`)]);
}

function pod({ kind, spec }: Manifest): string[] {
  const { template, volumeClaimTemplates = [] } = kind === 'CronJob' ? spec.jobTemplate.spec : (spec ?? {});
  if (!template) return [];
  const { initContainers = [], containers } = template.spec;
  return [
    ...initContainers.map((each: Manifest) => container(each.restartPolicy === 'Always' ? 'sidecar' : 'first', each)),
    ...containers.map((each: Manifest) => container('container', each)),
    ...volumeClaimTemplates.map(
      (each: Manifest) => `  volume ${each.metadata.name} ${each.spec.resources.requests.storage}`,
    ),
  ];
}

function container(what: string, { name, image, resources, ports = [] }: Manifest): string {
  const { requests, limits } = resources;
  const ram = requests.memory === limits.memory ? limits.memory : `${requests.memory} to ${limits.memory}`;
  const cpu = requests.cpu ? [`cpu ${requests.cpu}`] : [];
  const listens = ports.map(({ containerPort }: Manifest) => `:${containerPort}`);
  return ['  ' + what, name, image, ram, ...cpu, ...listens].join(' ');
}
