import type { JobWorkers } from './job-workers';
import { Binding, envName } from '../core/binding';
import { k8s } from '../core/imports';
import { allowFromNamespace } from '../core/network';
import { problem } from '../core/problems';
import { IConnectable } from '../core/connectable';
import { checkDatabaseOf } from '../mysql/mysql-names';
import { mysqlCredentials, mysqlTrigger } from './mysql-trigger';
import type { QueuePlan } from './queue-engine';

const PREFIX = 'QUEUE_DB_';
const NEEDED = ['HOST', 'NAME', 'USER', 'PASSWORD'];

/** The place of a queue's tables. */
export interface QueuePlace {
  readonly database: IConnectable;
  /** @default - the database that programs are told of */
  readonly databaseName?: string;
}

/** A database's offer, in the variables by which a queue's programs know it. */
export type QueueOffer = Binding & { readonly env: k8s.EnvVar[] };

/** The parts of a plan that are those of any queue in MySQL. */
export function inMySQL(
  offer: QueueOffer,
  { database }: QueuePlace,
  depthQuery: (names: string[]) => string,
): Pick<QueuePlan, 'offer' | 'uses' | 'triggers' | 'credentials' | 'letIn'> {
  return {
    offer,
    uses: database,
    triggers: (names, jobsPerWorker) => [mysqlTrigger(offer.env, depthQuery(names), jobsPerWorker)],
    credentials: mysqlCredentials(offer.env),
    letIn: (namespace, labels) => {
      if (offer.at) allowFromNamespace(offer.at, namespace, labels, offer.ports);
    },
  };
}

/** Opens the queue's database to its workers, and records faults of it. */
export function offerOf(workers: JobWorkers, { database, databaseName }: QueuePlace): QueueOffer | undefined {
  const given = workers._use([database], 'queue.database');
  const [offer] = database._bindings();
  // That it is no role of this site, or has nothing to use, is reported already.
  if (!offer || given.length === 0) return undefined;
  if (databaseName !== undefined) checkDatabaseOf(workers, 'queue.databaseName', database, databaseName);
  const env = renamed(given, envName(database.node.id, ''), databaseName);
  const names = new Set(env.map(({ name }) => name));
  const missing = NEEDED.filter((what) => !names.has(PREFIX + what)).map((what) => envName(database.node.id, what));
  if (missing.length > 0) {
    const instead = `it gives no ${missing.join(' and no ')}; name the site's ReplicatedMySQL`;
    problem(workers, 'queue.database', database.node.path, instead);
    return undefined;
  }
  return { ...offer, env };
}

/** `DB_HOST` of the role `db` as `QUEUE_DB_HOST`: the queue's programs find it whatever its database is called. */
function renamed(env: k8s.EnvVar[], prefix: string, databaseName: string | undefined): k8s.EnvVar[] {
  return env
    .filter(({ name }) => name.startsWith(prefix))
    .map((each) => ({ ...each, name: PREFIX + each.name.slice(prefix.length) }))
    .map((each) =>
      each.name === `${PREFIX}NAME` && databaseName !== undefined ? { ...each, value: databaseName } : each,
    );
}
