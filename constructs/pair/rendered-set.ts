import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { problem } from '../core/problems';

/** The content of a user's StatefulSet, whatever made it. */
export interface RenderedSet {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string> | undefined;
  readonly pods: string[];
  readonly selector: Record<string, string>;
  readonly serviceAccountName: string;
  readonly containers: RenderedContainer[];
  readonly initContainers: number;
  readonly volumes: number;
}

export interface RenderedContainer {
  readonly name: string;
  /** Its memory limit, where it is in whole Mi or Gi. */
  readonly mebibytes: number | undefined;
  readonly requests: object | undefined;
  readonly lifecycle: { readonly preStop?: object } | undefined;
  readonly volumeMounts: number;
}

interface Container {
  readonly name: string;
  readonly resources?: { readonly limits?: { readonly memory?: string }; readonly requests?: object };
  readonly lifecycle?: { readonly preStop?: object };
  readonly volumeMounts?: object[];
}

/** Its content; nothing, where it is no pair, which is reported. */
export function renderedSet(construct: Construct, statefulSet: ApiObject): RenderedSet | undefined {
  const { kind } = statefulSet;
  if (kind !== 'StatefulSet') {
    problem(construct, 'statefulSet', kind, 'write a StatefulSet, whose pods keep their names');
    return undefined;
  }
  const { metadata, spec } = statefulSet.toJson();
  const pod = spec?.template?.spec;
  if (!pod?.containers?.length || !spec.selector?.matchLabels) {
    problem(
      construct,
      'statefulSet',
      metadata.name,
      'give it spec.selector.matchLabels and spec.template.spec.containers',
    );
    return undefined;
  }
  const first: number = spec.ordinals?.start ?? 0;
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? 'default',
    labels: metadata.labels ?? {},
    annotations: metadata.annotations,
    pods: Array.from({ length: spec.replicas ?? 1 }, (_, index) => `${metadata.name}-${first + index}`),
    selector: spec.selector.matchLabels,
    serviceAccountName: pod.serviceAccountName ?? 'default',
    containers: (pod.containers as Container[]).map(({ name, resources, lifecycle, volumeMounts }) => ({
      name,
      mebibytes: mebibytes(resources?.limits?.memory),
      requests: resources?.requests,
      lifecycle,
      volumeMounts: volumeMounts?.length ?? 0,
    })),
    initContainers: pod.initContainers?.length ?? 0,
    volumes: pod.volumes?.length ?? 0,
  };
}

function mebibytes(memory: string | undefined): number | undefined {
  const [, number, unit] = /^(\d+)(Mi|Gi)$/.exec(memory ?? '') ?? [];
  return number === undefined ? undefined : Number(number) * (unit === 'Gi' ? 1024 : 1);
}
