import { k8s } from '../../core/imports';
import { Construct } from 'constructs';
import type { BackupVariable } from '../../../contract/backup-environment';
import type { Role } from '../../core/role';
import { hashedConfig } from '../../core/config';
import { MYSQL_BACKUP } from './mysql-backup-bundle';
import { PodGroup, allowOutside } from '../../core/network';
import { secretEnv } from '../../core/binding';
import { checkNetwork, checkPort, problem } from '../../core/problems';

/** A store of backups. */
export interface BackupStore {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region?: string;
  readonly cidr?: string;
}

/** The mount of the program. */
export const PROGRAM = '/backup';

/** The Secret with the keys of a pair's store, which a person makes. */
export function storeSecret(database: Role): string {
  return `${database.name}-backup`;
}

/** @param at The property that the store is in, with a dot behind it. */
export function checkStore(of: Construct, { endpoint, bucket, cidr, region }: BackupStore, at: string = ''): void {
  if (!/^https?:\/\/[a-z0-9.-]+(:\d+)?$/.test(endpoint))
    problem(of, `${at}endpoint`, endpoint, "write the store's address alone, such as 'https://s3.example.org'");
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    problem(of, `${at}bucket`, bucket, 'write 3 to 63 lower-case letters, digits, dots and hyphens');
  checkPort(of, `${at}endpoint`, portOf(endpoint), endpoint);
  if (region !== undefined && !/^[A-Za-z0-9]([A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/.test(region))
    problem(of, `${at}region`, region, "write the store's region, such as 'us-east-1'");
  if (cidr !== undefined) checkNetwork(of, `${at}cidr`, cidr);
}

/** Lets pods reach the store. */
export function allowStore(party: PodGroup, { endpoint, cidr }: BackupStore): void {
  allowOutside(party, [{ cidr: cidr ?? '0.0.0.0/0', port: portOf(endpoint) }]);
}

function portOf(endpoint: string): number {
  const given = /:(\d+)$/.exec(endpoint)?.[1];
  return given === undefined ? (endpoint.startsWith('https') ? 443 : 80) : Number(given);
}

/** A variable that the program reads. */
export function variable(name: BackupVariable, value: string): k8s.EnvVar {
  return { name, value };
}

/** A variable that the program reads, out of a Secret. */
export function secretVariable(name: BackupVariable, secret: string, key: string): k8s.EnvVar {
  return secretEnv(name, secret, key);
}

/** The environment by which the program finds the store. */
export function storeEnv(database: Role, store: BackupStore, folder: string): k8s.EnvVar[] {
  return [
    variable('BACKUP_PREFIX', folder),
    variable('S3_ENDPOINT', store.endpoint),
    variable('S3_BUCKET', store.bucket),
    variable('S3_REGION', store.region ?? 'us-east-1'),
    secretVariable('S3_ACCESS_KEY', storeSecret(database), 'access-key'),
    secretVariable('S3_SECRET_KEY', storeSecret(database), 'secret-key'),
  ];
}

/** The library's own program, as a volume. */
export function backupProgram(database: Role, id: string): k8s.Volume {
  const name = `${database.name}-${id}`;
  const config = hashedConfig(database.chart, id, name, { 'backup.js': MYSQL_BACKUP }, database._metadata(name));
  return { name: 'program', configMap: { name: config.name } };
}
