import { Size } from 'cdk8s';
import { api, newSamples } from './input-samples';
import { problems } from './support';

/** Wrong inputs from a program without a compiler, with the one sentence that each gets. */

export const ram = Size.mebibytes(512);
export const image = 'registry.example.org/forum:1';
export const worker = { name: 'mail', command: ['mail'] };

export type Samples = ReturnType<typeof newSamples>;
export type Case = [what: string, props: (samples: Samples) => object, message: string];

/** The properties that each role needs beside the wrong one. */
const NEEDED: Record<string, (samples: Samples) => object> = {
  WebTier: () => ({ ram, image }),
  CachePool: () => ({ ram }),
  JobWorkers: ({ queue }) => ({ ram, image, queue, workers: [worker] }),
  ReplicatedMySQL: () => ({ ram, databases: ['a'], durability: api.Durability.REQUIRED }),
  Valkey: () => ({ ram, durability: api.ValkeyDurability.REQUIRED }),
  Balancer: ({ web }) => ({ ram, web }),
  MailIntake: ({ jobs }) => ({ ram, handler: api.MailHandler.queue(jobs, 'mail') }),
  Admin: () => ({ ram }),
  BlobStore: () => ({ ram, engine: api.BlobEngine.garage() }),
  Heartbeat: ({ blobs }) => ({ statefulSet: blobs.statefulSet, checkPort: 80 }),
  OwnWorkload: ({ statefulSet }) => ({ workload: statefulSet }),
  ExternalDatabase: () => ({ host: '10.1.2.3', databaseName: 'shop', user: 'shop', password: SECRET }),
  ExternalBlobStore: () => ({ endpoint: 'https://10.1.2.3', bucket: 'files', accessKey: SECRET, secretKey: SECRET }),
  ExternalCache: () => ({ servers: ['10.1.2.3:11211'] }),
  MySQLBackup: ({ database }) => ({ database, endpoint: 'https://s3.example.org', bucket: 'backups' }),
};
const SECRET = { secret: 'shop', key: 'password' };

/** The errors of a site in which one construct has a wrong property. */
export function saidOf(role: string, props: Case[1]): string[] {
  const samples = newSamples();
  const scope = role === 'Heartbeat' ? samples.site.chart : samples.site;
  new api[role](scope, 'made', { ...NEEDED[role]?.(samples), ...props(samples) });
  // Each new property is in the list of all.
  const shortened = (line: string) => line.replace(/(?<=write one of:).*/, ' …').replace(/^\[\S*made\] /, '');
  return problems(samples.site).map(shortened);
}

/** A test of each case: the site has that error, and no other. */
export function refuses(role: string, cases: Case[]): void {
  test.each<Case>(cases)(`a ${role} with %s is an error`, (_what, props, message) => {
    expect(saidOf(role, props)).toEqual([message]);
  });
}
