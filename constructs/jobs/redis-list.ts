import { isIPv6 } from 'node:net';
import type { RedisListProps } from './job-queue';
import type { JobWorkers } from './job-workers';
import { Binding, envName } from '../core/binding';
import { allowFromNamespace } from '../core/network';
import { checkSameSite, problem } from '../core/problems';
import { isLine } from '../core/text';
import { QUEUE_NAME, QueueEngine, QueuePlan, QueueTrigger, TriggerCredential } from './queue-engine';
import { watchLists } from './redis-list-figures';

/** A queue whose jobs wait in lists of Valkey or Redis. */
export class RedisList implements QueueEngine {
  constructor(private readonly props: RedisListProps) {}

  public plan(workers: JobWorkers): QueuePlan | undefined {
    const { server, lists } = this.props;
    this.check(workers);
    const env = workers._use([server], 'queue.server');
    const [offer] = server._bindings();
    if (!offer || env.length === 0) return undefined;
    if (offer.listDatabases === undefined) {
      problem(workers, 'queue.server', server.node.path, 'it has no lists; name a Valkey or an ExternalQueue');
      return undefined;
    }
    if (offer.evicts) {
      const instead = 'a full server would throw jobs out; leave its eviction out, or name another server';
      problem(workers, 'queue.server', server.node.path, instead);
    }
    watchLists(workers, this.props);
    return {
      offer: { ...offer, env },
      uses: server,
      countedBy: 'queues',
      triggers: (names, jobsPerWorker) =>
        (names.length > 0 ? names : Object.keys(lists)).map((name) => this.trigger(offer, name, jobsPerWorker)),
      credentials: [
        ...credential('password', envName(server.node.id, 'PASSWORD'), env),
        ...credential('ca', envName(server.node.id, 'CA'), env),
      ],
      names: Object.keys(lists),
      letIn: (namespace, labels) => {
        if (offer.at) allowFromNamespace(offer.at, namespace, labels, offer.ports);
      },
    };
  }

  private check(workers: JobWorkers): void {
    const { server, lists, database = 0 } = this.props;
    checkSameSite(workers, 'queue.server', server);
    if (Object.keys(lists).length === 0)
      problem(workers, 'queue.lists', lists, "name one or more, as in { default: 'queues:default' }");
    for (const [name, key] of Object.entries(lists)) {
      if (!QUEUE_NAME.test(name)) problem(workers, 'queue.lists', name, "write a name such as 'default'");
      if (key === '' || !isLine(key))
        problem(workers, `queue.lists.${name}`, key, "write the list's key, such as 'queues:default'");
    }
    const [{ listDatabases: most = 1 } = {}] = server._bindings();
    if (!Number.isInteger(database) || database < 0 || database >= most)
      problem(workers, 'queue.database', database, `write a whole number from 0 to ${most - 1}`);
  }

  /** KEDA reads the account's name in the environment of the workers that it scales. */
  private trigger({ env }: Binding, queue: string, jobsPerWorker: number): QueueTrigger {
    const { server, lists, database = 0 } = this.props;
    const variable = (what: string) => env.find(({ name }) => name === envName(server.node.id, what));
    const host = variable('HOST')?.value ?? '';
    const encrypted = variable('TLS_PORT');
    const port = encrypted ?? variable('PORT');
    return {
      type: 'redis',
      metadata: {
        address: `${isIPv6(host) ? `[${host}]` : host}:${port?.value}`,
        ...(encrypted ? { enableTLS: 'true' } : {}),
        ...(variable('USER') ? { usernameFromEnv: envName(server.node.id, 'USER') } : {}),
        listName: lists[queue] ?? '',
        listLength: String(jobsPerWorker),
        databaseIndex: String(database),
      },
    };
  }
}

/** The key of the Secret that a variable comes out of, as a parameter of a trigger; none where there is no such variable. */
function credential(parameter: string, variable: string, env: Binding['env']): TriggerCredential[] {
  const secret = env.find(({ name }) => name === variable)?.valueFrom?.secretKeyRef;
  return secret?.name ? [{ parameter, name: secret.name, key: secret.key }] : [];
}
