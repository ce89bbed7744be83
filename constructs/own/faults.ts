import { isQuantity } from '../core/inputs/instances';
import { NAME } from '../core/labels';
import { shown } from '../core/problems';
import { Joining } from './joined';
import { Container, Manifest, Template, allContainers, templateOf } from './manifest';
import { violations } from './pod-security';

/** Fields that a joined workload may not set, beside what its object says itself. */
export interface Expected extends Joining {
  /** The port that others connect to. */
  readonly port: number | undefined;
  /** Values of the label `app.kubernetes.io/name` that pods of the site's roles have. */
  readonly roles: string[];
}

/** Faults of a workload as its user wrote it, once everything has been added to it. */
export function faultsOf(manifest: Manifest, expected: Expected): string[] {
  const template = templateOf(manifest);
  if (!template) {
    const instead = 'it has no pod template; name a Deployment, StatefulSet, DaemonSet, Job or CronJob';
    return [shown('workload', `${manifest.kind} ${manifest.metadata.name}`, instead)];
  }
  const broken = allContainers(template).flatMap((each) => ofLists(each));
  if (broken.length > 0) return broken;
  return [
    ...ofLabels(manifest, template, expected),
    ...ofContainers(template, expected),
    ...ofPort(template, expected.port),
    ...violations(template).map((each) =>
      shown('workload', each.value, `Pod Security 'restricted' does not take it; ${each.instead}`),
    ),
  ];
}

function ofLabels({ spec }: Manifest, { metadata }: Template, { labels, roles }: Expected): string[] {
  const selector = Object.entries(spec?.selector?.matchLabels ?? {});
  const foreign = selector.filter(([key, value]) => key in labels && labels[key] !== value);
  const name = metadata?.labels?.[NAME];
  return [
    ...foreign.map(([key, value]) =>
      shown('workload', `a selector with ${key}: ${value}`, `the site gives its pods ${labels[key]}; leave it out`),
    ),
    ...(name !== undefined && roles.includes(name)
      ? [shown('workload', `pods labelled ${NAME}: ${name}`, 'a role of the site has that id; give either another')]
      : []),
  ];
}

function ofContainers(template: Template, { env, containers }: Expected): string[] {
  const all = allContainers(template);
  const names = all.map(({ name }) => name);
  if (all.length === 0) return [shown('workload', 'a pod without containers', 'give it one or more')];
  const unknown = (containers ?? []).filter((each) => !names.includes(each));
  return [
    ...unknown.map((each) => shown('containers', each, `there is none; name one or more of ${names.join(', ')}`)),
    ...all.flatMap((each) => ofRam(each)),
    ...all
      .filter(({ name }) => containers?.includes(name) ?? true)
      .flatMap((each) => ofEnvironment(each, new Set(env.map(({ name }) => name)))),
  ];
}

/** An object of no type may have anything in the place of a list. */
function ofLists({ name, env, ports }: Container): string[] {
  const wrong = Object.entries({ env, ports }).filter(([, value]) => value !== undefined && !Array.isArray(value));
  return wrong.map(([key, value]) => shown('workload', value, `${key} of its container ${name} is no list; write one`));
}

function ofRam({ name, resources }: Container): string[] {
  const memory = resources?.limits?.['memory'];
  if (memory !== undefined && !isQuantity(memory))
    return [shown('workload', memory, `the memory of its container ${name} is no amount; write one, such as '256Mi'`)];
  if (memory !== undefined) return [];
  const instead = 'it may take the whole RAM of its node; write its limit, which is the request as well';
  return [shown('workload', `its container ${name} without a memory limit`, instead)];
}

function ofEnvironment({ name, env = [] }: Container, given: Set<string>): string[] {
  return env
    .filter((each) => given.has(each.name))
    .map((each) =>
      shown(
        'uses',
        each.name,
        `the container ${name} has that variable already; take it out, or list other 'containers'`,
      ),
    );
}

/** A container that lists its ports has to list this port. */
function ofPort(template: Template, port: number | undefined): string[] {
  const listening = allContainers(template).flatMap(({ ports = [] }) => ports.map((each) => each.containerPort));
  if (port === undefined || listening.length === 0 || listening.includes(port)) return [];
  return [shown('port', port, `its containers listen on ${listening.join(', ')}; write one of these`)];
}
