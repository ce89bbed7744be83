import { get, kubectl } from '../../e2e/kubernetes';

/** What a container took at most, in MiB. */
export interface Peak {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly limit: number;
  /** What the kernel would not take back without harm: what `kubectl top` shows. */
  workingSet: number;
  /** The programs' own pages, of the working set. */
  anonymous: number;
  /** With every file in the page cache, which the kernel takes back before it kills. */
  withPageCache: number;
}

interface Container {
  readonly name: string;
  readonly resources?: { readonly limits?: { readonly memory?: string } };
}

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: {
    readonly containers: Container[];
    readonly initContainers?: (Container & { readonly restartPolicy?: string })[];
  };
  readonly status: { readonly initContainerStatuses?: Status[]; readonly containerStatuses?: Status[] };
}

interface Status {
  readonly name: string;
  readonly restartCount: number;
  readonly lastState?: { readonly terminated?: { readonly reason: string; readonly exitCode: number } };
}

/** The pods of slices: those of Jobs have no part in a load. */
export async function slicePods(namespaces: readonly string[]): Promise<Pod[]> {
  const lists = await Promise.all(
    namespaces.map((namespace) => get('-n', namespace, 'pods', '--field-selector=status.phase=Running')),
  );
  return lists.flatMap(({ items }) => items as Pod[]);
}

/** Every restart of a container by its pod and its name, with the reason of the last one. */
export function restartsOf(pods: readonly Pod[]): Map<string, string> {
  return new Map(
    pods.flatMap(({ metadata, status }) =>
      [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(
        ({ name, restartCount, lastState }): [string, string] => [
          `${metadata.name}/${name} (${metadata.uid})`,
          restartCount === 0 ? '0' : `${restartCount}, ${lastState?.terminated?.reason ?? 'of a reason unknown'}`,
        ],
      ),
    ),
  );
}

/** The API server writes 1024Mi as 1Gi. */
function mebibytes(quantity = ''): number {
  const [, number, unit] = /^(\d+)([MG])i$/.exec(quantity) ?? [];
  if (unit === undefined) throw new Error(`'${quantity}' is no limit in Mi or Gi`);
  return Number(number) * (unit === 'G' ? 1024 : 1);
}

/** Keeps the highest of what the nodes' own kubelets say of every container. */
export class Peaks {
  private readonly peaks = new Map<string, Peak>();

  public constructor(pods: readonly Pod[]) {
    for (const { metadata, spec } of pods) {
      const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
      for (const { name, resources } of [...sidecars, ...spec.containers]) {
        const limit = mebibytes(resources?.limits?.memory);
        this.peaks.set(key(metadata.namespace, metadata.name, name), {
          namespace: metadata.namespace,
          pod: metadata.name,
          container: name,
          limit,
          workingSet: 0,
          anonymous: 0,
          withPageCache: 0,
        });
      }
    }
  }

  public async sample(): Promise<void> {
    const nodes = (await get('nodes')).items as { metadata: { name: string } }[];
    const texts = await Promise.all(
      nodes.map(({ metadata }) => kubectl('get', '--raw', `/api/v1/nodes/${metadata.name}/proxy/metrics/cadvisor`)),
    );
    for (const text of texts) this.take(text);
  }

  public take(text: string): void {
    for (const line of text.split('\n')) {
      const [, name = '', labels = '', bytes = ''] = /^container_memory_(\w+)\{(.*)\} (\S+)/.exec(line) ?? [];
      const field = FIELDS[name];
      if (!field) continue;
      const of = (label: string) => new RegExp(`(?:^|,)${label}="([^"]*)"`).exec(labels)?.[1] ?? '';
      const peak = this.peaks.get(key(of('namespace'), of('pod'), of('container')));
      if (peak) peak[field] = Math.max(peak[field], Number(bytes) / 2 ** 20);
    }
  }

  public all(): Peak[] {
    return [...this.peaks.values()].sort((a, b) =>
      key(a.namespace, a.pod, '') < key(b.namespace, b.pod, '') ? -1 : 1,
    );
  }
}

const FIELDS: Record<string, 'workingSet' | 'anonymous' | 'withPageCache'> = {
  working_set_bytes: 'workingSet',
  rss: 'anonymous',
  max_usage_bytes: 'withPageCache',
};

function key(namespace: string, pod: string, container: string): string {
  return `${namespace}/${pod}/${container}`;
}
