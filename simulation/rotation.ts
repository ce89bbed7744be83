import { PASSWORD_BEFORE_KEY, PASSWORD_KEY } from '../contract/required-secret';
import type { Cluster } from './cluster';
import { SITE_USER } from './config';

/** How long a kubelet takes to write what changed in a Secret, in milliseconds. */
const KUBELET_MS: readonly [number, number] = [100, 15_000];
/** How often a person looks whether both servers told of it. */
const LOOK_MS = 5_000;

/** What `cdk8s-slices rotate` does with one of the pair's Secrets, and `settle` once all that use it have the new one. */
export function rotate(cluster: Cluster, n: number): void {
  const { secrets, schedule, trace } = cluster;
  const folders = [...secrets.keys()]
    .filter((key) => key.endsWith(`/${PASSWORD_KEY}`))
    .map((key) => key.slice(0, -PASSWORD_KEY.length - 1));
  const folder = folders[n % folders.length]!;
  const [now, before] = [`${folder}/${PASSWORD_KEY}`, `${folder}/${PASSWORD_BEFORE_KEY}`];
  const old = secrets.get(now)!;
  if (secrets.has(before)) return;
  const fresh = `${old.split(', new at')[0]}, new at ${Math.round(schedule.now)}`;
  secrets.set(before, old).set(now, fresh);
  tell(cluster);
  const look = () => {
    if (!isUsed(cluster, folder, fresh)) return void schedule.after(LOOK_MS, look);
    if (folder.endsWith(`/${SITE_USER}`)) cluster.sitePassword = fresh;
    trace.say('person', `settles ${folder}`);
    secrets.delete(before);
    tell(cluster);
  };
  schedule.after(LOOK_MS, look);
}

/** The kubelets write the files of the pods that run, each in its time. */
function tell(cluster: Cluster): void {
  const { allPods, schedule, random } = cluster;
  for (const { files } of allPods) schedule.after(random.between(...KUBELET_MS), () => files.mount(cluster.secrets));
}

/** Whether both servers said that they have it, and the replica that it connects with it. */
function isUsed({ allPods, slices, secrets }: Cluster, folder: string, fresh: string): boolean {
  const user = folder.split('/').at(-1)!;
  const mounted =
    allPods.length === slices.length && allPods.every(({ files }) => files.read(`${folder}/${PASSWORD_KEY}`) === fresh);
  if (!mounted || !secrets.has(`${folder}/${PASSWORD_BEFORE_KEY}`)) return false;
  return slices.every(({ volume }) => {
    const has = volume.passwords.get(user);
    const connects = user !== 'replication' || (volume.source?.password ?? fresh) === fresh;
    return (has === undefined || has.now === fresh) && connects;
  });
}
