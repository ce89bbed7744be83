import type { Difference } from './rules';
import { MySqlError } from './client';
import type { MySqlServer } from './server';

/** The errors of an account that may not read a table or a column. */
const DENIED: readonly number[] = [1142, 1143];

/** What a server has: applied, or received and still to be applied. */
async function all(server: MySqlServer): Promise<string> {
  const { executed } = await server.describe();
  const { retrieved = '' } = (await server.replicaStatus()) ?? {};
  return [executed, retrieved].filter((set) => set !== '').join(',');
}

/** Asks the other server what it has. Rejects where it does not say. */
export async function compare(own: MySqlServer, other: MySqlServer): Promise<Difference> {
  const half = await other.isHalf().catch(unlessDenied);
  const theirs = await all(other);
  const ours = await all(own);
  return { ahead: await own.subtract(theirs, ours), behind: await own.subtract(ours, theirs), half };
}

/** A server of an earlier version does not say it. */
function unlessDenied(error: unknown): boolean {
  if (error instanceof MySqlError && DENIED.includes(error.code)) return false;
  throw error;
}

/** What a server lacks of a set, counting what it has still to apply. */
export async function lacking(server: MySqlServer, executed: string, set: string): Promise<string> {
  const missing = set === '' ? '' : await server.subtract(set, executed);
  if (missing === '') return '';
  return server.subtract(missing, (await server.replicaStatus())?.retrieved ?? '');
}

/** The highest number that a transaction of a server may have. */
const LAST = '9223372036854775806';

/**
 * Those of a replica's transactions beyond its source's that the source can never have. Its own may come to it later: it commits
 * only once the replica has them.
 */
export async function foreignTo(
  source: string,
  surplus: string,
  asked: Pick<MySqlServer, 'subtract'>,
): Promise<string> {
  return surplus === '' ? '' : asked.subtract(surplus, `${source}:1-${LAST}`);
}
