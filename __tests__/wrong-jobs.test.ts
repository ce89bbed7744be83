import { Duration, Size } from 'cdk8s';
import { api } from './input-samples';
import { refuses, worker } from './wrong-values';

refuses('JobWorkers', [
  [
    'no workers',
    () => ({ workers: [] }),
    "'workers' is []: name one or more, as in [{ name: 'email', command: ['…'] }]",
  ],
  [
    'one worker without a list',
    () => ({ workers: { name: 'a', command: ['b'] } }),
    "'workers' is { name, command }: write a list, as [{ name: 'text', command: ['text'] }]",
  ],
  [
    'two workers of one name',
    () => ({ workers: [worker, { ...worker }] }),
    "'workers.name' is 'mail': there are two of that name; give each kind a name of its own",
  ],
  [
    'part of a worker',
    () => ({ workers: [{ ...worker, count: 1.5 }] }),
    "'workers.mail.count' is 1.5: write a whole number from 1 to 2048",
  ],
  [
    'a grace in seconds',
    () => ({ workers: [{ ...worker, grace: 5 }] }),
    "'workers.mail.grace' is 5: write a time, such as Duration.seconds(5)",
  ],
  [
    'replicas of a worker',
    () => ({ workers: [{ ...worker, replicas: 2 }] }),
    "'workers.mail.replicas' is 2: there is no property of this name; leave it out, or write one of: …",
  ],
  [
    'a worker larger than the slice',
    () => ({ workers: [{ ...worker, ram: Size.gibibytes(9) }] }),
    "'workers' is 9216 MiB: mail 1 × 9216, and the slice has 512; write less RAM, fewer workers or more slices",
  ],
  [
    'root',
    () => ({ workers: [worker], user: 0 }),
    "'user' is 0: write the number of a user that is not root, from 1 to 2147483647",
  ],
  [
    'a user below root',
    () => ({ workers: [worker], user: -1 }),
    "'user' is -1: write the number of a user that is not root, from 1 to 2147483647",
  ],
  [
    'a user beyond all',
    () => ({ workers: [worker], user: 1e12 }),
    "'user' is 1000000000000: write the number of a user that is not root, from 1 to 2147483647",
  ],
  [
    'a way out by its name',
    () => ({ workers: [worker], egress: ['https'] }),
    "'egress[0]' is 'https': write Egress.smtp(…) or Egress.submission(…) or Egress.http(…) or Egress.https(…) or Egress.port(…) or Egress.network(…)",
  ],
  [
    'a way out without a list',
    () => ({ workers: [worker], egress: api.Egress.https() }),
    "'egress' is an object of Egress: write a list, as [Egress.smtp(…)]",
  ],
  [
    'a port of nothing',
    () => ({ workers: [worker], egress: [api.Egress.port(0)] }),
    "'egress' is 0: write a port, from 1 to 65535",
  ],
  [
    'a name as a network',
    () => ({ workers: [worker], egress: [api.Egress.network('example.org', 443)] }),
    "'egress' is 'example.org': write addresses, as in '10.1.2.3/32' or '10.1.0.0/16'",
  ],
  [
    'a queue by its name',
    () => ({ workers: [worker], queue: 'theschwartz' }),
    "'queue' is 'theschwartz': write JobQueue.theSchwartz(…) or JobQueue.table(…) or JobQueue.redisList(…)",
  ],
]);

refuses('JobWorkers', [
  [
    'a billion workers',
    () => ({ workers: [{ ...worker, count: 1e9 }] }),
    "'workers.mail.count' is 1000000000: write a whole number from 1 to 2048",
  ],
  [
    'no time to end',
    () => ({ workers: [{ ...worker, grace: Duration.seconds(0) }] }),
    "'workers.mail.grace' is 0 s: write a second or more",
  ],
  [
    'a queue in a mail server',
    ({ site }) => ({
      queue: api.JobQueue.redisList({
        server: new api.ExternalSmtp(site, 'relay', { host: '10.1.2.3' }),
        lists: { mail: 'queues:mail' },
      }),
    }),
    "'queue.server' is 'dfw/relay': it has no lists; name a Valkey or an ExternalQueue",
  ],
  [
    'a queue in a cache that throws out lists',
    ({ site }) => {
      const [durability, eviction] = [api.ValkeyDurability.REQUIRED, api.ValkeyEviction.ALL_KEYS_LRU];
      const server = new api.Valkey(site, 'vk', { ram: Size.mebibytes(512), durability, eviction });
      return { queue: api.JobQueue.redisList({ server, lists: { mail: 'queues:mail' } }) };
    },
    "'queue.server' is 'dfw/vk': a full server would throw jobs out; leave its eviction out, or name another server",
  ],
  [
    'more jobs for a worker than there are',
    ({ queue }) => {
      const scale = api.JobScaling.queueDepth({ max: 3, jobsPerWorker: 1e21, functions: ['Mail'] });
      return { queue, workers: [{ ...worker, ram: Size.mebibytes(64), scale }] };
    },
    "'workers.mail.scale.jobsPerWorker' is 1e+21: write a whole number from 1 to 1000000",
  ],
  [
    'a database that Valkey has not',
    ({ site }) => {
      const server = new api.Valkey(site, 'vk', {
        ram: Size.mebibytes(512),
        durability: api.ValkeyDurability.REQUIRED,
      });
      return { queue: api.JobQueue.redisList({ server, lists: { mail: 'queues:mail' }, database: 16 }) };
    },
    "'queue.database' is 16: write a whole number from 0 to 15",
  ],
]);
