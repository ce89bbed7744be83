import { REFILL_MARK, TRACKER_SETTINGS } from '../contract/mogilefs';
import { ROLE_LABEL } from '../contract/labels';
import type { V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { isReady } from './pod-state';

/** Runs a command in a container of a pod, and returns what it wrote. */
export type Exec = (pod: string, container: string, command: readonly string[]) => Promise<string>;

/** The slices of a role around one that is to be made anew. */
export interface Neighbours {
  /** The pod of the slice, by its name. */
  readonly pod: string;
  /** The pods of the other slices. */
  readonly others: readonly V1Pod[];
  readonly exec: Exec;
  /** Whether files may be lost that have their only copy on the slice. */
  readonly losesFiles: boolean;
}

/** What a slice keeps, by the program that keeps it. */
export interface Engine {
  /** What is gone with its volume. */
  readonly lost: string;
  /** What fills the new volume. */
  readonly filled: string;
  /** Why the slice must not be made anew, as it may have the last copy. */
  readonly refuse?: (around: Neighbours) => Promise<string | undefined>;
  /** Whether a slice that is ready has all of its copy. @default - once it is ready */
  readonly isFilled?: (around: Neighbours) => Promise<boolean>;
}

/** By the name of the container that keeps it. */
export const ENGINES: Readonly<Record<string, Engine>> = {
  mysqld: {
    lost: 'its copy of the databases, which the active slice has',
    filled: 'the new server copies them from the active slice (CLONE)',
    refuse: async ({ others }) =>
      others.some((pod) => isReady(pod) && pod.metadata?.labels?.[ROLE_LABEL] === 'active')
        ? undefined
        : 'no other slice is ready and active, so this one may have the last copy of the databases',
  },
  valkey: {
    lost: 'its copy of the data, which the active slice has',
    filled: 'the new server copies them from the active slice',
    refuse: async ({ others }) =>
      others.some((pod) => isReady(pod) && pod.metadata?.labels?.[ROLE_LABEL] === 'active')
        ? undefined
        : 'no other slice is ready and active, so this one may have the last copy of the data',
  },
  garage: {
    lost: 'its copies of files, which the other slices have',
    filled: 'the other slices send it the list of files before it is ready, and the files within minutes after that',
    refuse: allReady,
  },
  tracker: {
    lost: 'its copies of files, which the other slices have',
    filled: 'a check of all files copies them from the other slices',
    refuse: async (around) => (await allReady(around)) ?? onlyCopies(around),
    isFilled: async ({ pod, exec }) => {
      // The mark is on the volume of the storage node, and the state of the check in the database.
      const begun = await exec(pod, 'storage', ['sh', '-c', `test -e ${REFILL_MARK} || echo begun`]);
      return (
        begun.includes('begun') &&
        /Running: No/.test(await exec(pod, 'tracker', ['mogadm', '--trackers=localhost:7001', 'fsck', 'status']))
      );
    },
  },
  postfix: {
    lost: 'the messages that it had accepted and not yet handed over: their senders are not told',
    filled: 'it starts with an empty queue',
  },
  memcached: {
    lost: 'its share of the cached keys',
    filled: 'it starts empty, and the site fills it',
  },
  prometheus: {
    lost: 'all figures until now, and silences of alerts',
    filled: 'it starts without figures',
  },
};

/** Of a program that keeps nothing, as a balancer. */
export const NOTHING_KEPT: Engine = { lost: 'nothing', filled: 'it keeps nothing' };

async function allReady({ others }: Neighbours): Promise<string | undefined> {
  const sick = others.filter((pod) => !isReady(pod)).map(({ metadata }) => metadata?.name);
  if (sick.length === 0 && others.length > 0) return undefined;
  return `${sick.join(', ') || 'no other slice'} is not ready, so this one may have the last copy of some files`;
}

/** The device of a slice has the number of its pod. */
async function onlyCopies({ pod, others, exec, losesFiles }: Neighbours): Promise<string | undefined> {
  const [other] = others;
  const device = /\d+$/.exec(pod)?.[0] ?? '';
  const count = Number(
    await exec(other?.metadata?.name ?? '', 'tracker', ['perl', '-MDBI', '-e', ONLY_COPIES, device]),
  );
  if (count === 0 || losesFiles) return undefined;
  return `${count} files have their only copy on it; write --lose-files to go on without them`;
}

const ONLY_COPIES = `open my $file, '<', '${TRACKER_SETTINGS}' or die "$!";
my %is = map { /^(\\w+) = (.*)$/ } <$file>;
my $db = DBI->connect($is{db_dsn}, $is{db_user}, $is{db_pass}, { RaiseError => 1 });
print $db->selectrow_array('SELECT COUNT(*) FROM file_on one WHERE devid = ? AND NOT EXISTS
  (SELECT 1 FROM file_on other WHERE other.fid = one.fid AND other.devid <> one.devid)', undef, $ARGV[0]);`;
