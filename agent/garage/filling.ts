/** A call of the admin API of the slice itself, which passes on what is meant for others (`?node=*`). */
export type CallOwn = (name: string, body?: unknown) => Promise<unknown>;

interface Member {
  readonly id: string;
  readonly isUp: boolean;
  readonly role: { readonly zone: string } | null;
}

interface Worker {
  readonly name: string;
  readonly queueLength: number | null;
}

/** What each slice answered, by its id. */
interface Answers<T> {
  readonly success: Readonly<Record<string, T>>;
  readonly error: Readonly<Record<string, string>>;
}

/** What keeps a table whole: writes that wait, the tree by which two slices compare it, and the comparing. */
const KEEPS_TABLES = / (queue|Merkle|sync)$/;

/**
 * Has the other slices send what the list of files of this one lacks, which each does by itself only every ten minutes. Until
 * then this slice would say of a file that there is none: a read is answered by the slice that is asked. The files themselves
 * it copies by itself half a minute later (`rpc_timeout_msec`), and fetches those that are read before. Throws why it cannot be done yet.
 */
export async function fill(call: CallOwn, pause: () => Promise<void>): Promise<void> {
  const { nodes } = (await call('GetClusterStatus')) as { nodes: Member[] };
  const members = nodes.filter(({ role }) => role);
  if (members.length < 2) throw new Error('the slices have not been brought together yet');
  const away = members.filter(({ isUp }) => !isUp).map(({ role }) => role?.zone);
  if (away.length > 0) throw new Error(`${away.join(', ')} is away`);
  await quiet(call, pause);
  everywhere(await call('LaunchRepairOperation?node=*', { repairType: 'tables' }));
  await pause();
  await quiet(call, pause);
}

/** Waits until no slice has anything to do for its tables. */
async function quiet(call: CallOwn, pause: () => Promise<void>): Promise<void> {
  for (;;) {
    const workers = everywhere<Worker[]>(await call('ListWorkers?node=*', {})).flat();
    const busy = workers.filter(({ name, queueLength }) => KEEPS_TABLES.test(name) && queueLength);
    if (busy.length === 0) return;
    await pause();
  }
}

function everywhere<T>(answers: unknown): T[] {
  const { success, error } = answers as Answers<T>;
  const [refused] = Object.values(error);
  if (refused !== undefined) throw new Error(`a slice did not do as it was told: ${refused}`);
  return Object.values(success);
}
