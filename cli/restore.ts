import { MANAGED, MANAGED_BY, NAME } from '../contract/labels';
import { Manifest } from './manifests';
import { selecting } from './slices';

/** A pair that is to begin anew with a backup. */
export interface Restoration {
  readonly role: string;
  readonly name: string;
  readonly namespace: string;
  /** The claims of its slices' volumes. */
  readonly claims: readonly string[];
  readonly selector: string;
  /** Where the backup is, and its end. */
  readonly from: string;
}

interface Container {
  readonly name: string;
  readonly env?: { readonly name: string; readonly value?: string }[];
}

/**
 * The pair of some manifests that begins with a backup.
 *
 * @throws where none does, or more than one.
 */
export function restorationOf(manifests: readonly Manifest[], role?: string): Restoration {
  const all = manifests.flatMap((each) => restorationIn(each) ?? []);
  const found = all.filter((each) => role === undefined || each.role === role);
  const [first] = found;
  if (!first)
    throw new Error(
      `no pair${role === undefined ? '' : ` '${role}'`} of the manifests begins with a backup: write restoreFrom into its ReplicatedMySQL`,
    );
  if (found.length > 1)
    throw new Error(`more than one begins with a backup: write one of ${all.map((each) => each.role).join(', ')}`);
  return first;
}

function restorationIn({ kind, metadata, spec }: Manifest): Restoration | undefined {
  if (kind !== 'StatefulSet' || metadata.labels?.[MANAGED] !== MANAGED_BY) return undefined;
  const containers = (spec.template.spec.initContainers ?? []) as Container[];
  const env = containers.find(({ name }) => name === 'fetch')?.env;
  const valueOf = (name: string) => env?.find((each) => each.name === name)?.value ?? '';
  if (!env || valueOf('RESTORE_AT') === '') return undefined;
  const { name, namespace = '' } = metadata;
  const first = (spec.ordinals?.start ?? 0) as number;
  const pods = Array.from({ length: spec.replicas as number }, (_, index) => `${name}-${first + index}`);
  const templates = (spec.volumeClaimTemplates ?? []) as Manifest[];
  const until = valueOf('RESTORE_UNTIL');
  return {
    role: metadata.labels[NAME] ?? '',
    name,
    namespace,
    claims: templates.flatMap((claim) => pods.map((pod) => `${claim.metadata.name}-${pod}`)),
    selector: selecting(spec.selector.matchLabels as Record<string, string>),
    from: `${valueOf('S3_ENDPOINT')}, ${valueOf('S3_BUCKET')}/${valueOf('BACKUP_PREFIX')}${until === '' ? '' : `, until ${until}`}`,
  };
}

/** Runs kubectl. */
export type Run = (...args: string[]) => Promise<string>;

/** Stops the slices of a pair, and takes everything away that it has: the volumes, and the Lease that says who led. */
export async function emptyPair({ name, namespace, claims, selector }: Restoration, run: Run): Promise<void> {
  const where = `--namespace=${namespace}`;
  await run('scale', 'statefulset', name, '--replicas=0', where);
  await run('wait', 'pod', `--selector=${selector}`, '--for=delete', '--timeout=10m', where);
  await run('delete', 'persistentvolumeclaim', ...claims, '--ignore-not-found', where);
  await run('delete', 'lease', name, '--ignore-not-found', where);
}
