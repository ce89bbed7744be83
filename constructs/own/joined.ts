import { contentHash } from '../core/config';
import { k8s } from '../core/imports';
import { DNS_OPTIONS } from '../core/pod';
import { literal } from '../core/text';
import { Container, Manifest, PodSpec, Template, templateOf, withTemplate } from './manifest';
import { secured, securedContainer } from './pod-security';

/** Parts that a workload is given when it joins a site. */
export interface Joining {
  readonly labels: Record<string, string>;
  readonly env: k8s.EnvVar[];
  /** The containers that are given the environment. @default - all */
  readonly containers: string[] | undefined;
  /** The image with its digest, where it has one. */
  readonly pinned: (image: string) => string;
}

/** The object as a part of the site. An object that is no workload is left as it is. */
export function joined(manifest: Manifest, joining: Joining): Manifest {
  const before = templateOf(manifest);
  if (!before) return manifest;
  const template = joinedTemplate(before, joining);
  const after = withTemplate(manifest, template);
  return after.kind === 'Job' ? renamed(after, template) : after;
}

/** A Job cannot be changed, so a Job with other pods is another Job. */
function renamed(job: Manifest, template: Template): Manifest {
  const name = `${job.metadata.name}-${contentHash({ template: JSON.stringify(template) })}`;
  return { ...job, metadata: { ...job.metadata, name } };
}

function joinedTemplate({ metadata, spec, ...rest }: Template, joining: Joining): Template {
  return {
    ...rest,
    metadata: { ...metadata, labels: { ...metadata?.labels, ...joining.labels } },
    spec: joinedPod(spec, joining),
  };
}

function joinedPod(spec: PodSpec, joining: Joining): PodSpec {
  const { containers, initContainers, securityContext } = spec;
  const all = (list: Container[]) => list.map((each) => joinedContainer(each, securityContext, joining));
  return {
    // Where the workload itself says something of these, that holds.
    ...DEFAULTS,
    ...spec,
    securityContext: secured(securityContext),
    containers: all(containers),
    ...(initContainers ? { initContainers: all(initContainers) } : {}),
  };
}

/** A pod of the site has no token, no variables of Services that it does not use, and a measured patience with DNS. */
const DEFAULTS = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  dnsConfig: { options: DNS_OPTIONS },
};

function joinedContainer(container: Container, pod: PodSpec['securityContext'], joining: Joining): Container {
  const { resources = {}, env = [], image } = container;
  const memory = resources.limits?.['memory'];
  const given = (joining.containers?.includes(container.name) ?? true) ? joining.env.map(plain) : [];
  return {
    ...container,
    ...(image === undefined ? {} : { image: joining.pinned(image) }),
    // First, so that its own variables may refer to them: `mysql://$(DB_HOST)`.
    ...(given.length + env.length > 0 ? { env: [...given, ...env] } : {}),
    ...(memory === undefined ? {} : { resources: { ...resources, requests: { ...resources.requests, memory } } }),
    securityContext: securedContainer(container.securityContext, pod),
  };
}

function plain(variable: k8s.EnvVar): { readonly name: string } {
  const { value } = variable;
  const written = value === undefined ? variable : { ...variable, value: literal(value) };
  return k8s.toJson_EnvVar(written) as { name: string };
}
