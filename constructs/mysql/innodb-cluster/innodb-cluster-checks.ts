import { Size } from 'cdk8s';
import { LEAST_GROUP_MEBIBYTES, isOperators } from './innodb-cluster-settings';
import type { InnoDBClusterProps } from '../mysql-engine';
import type { ReplicatedMySQL, ReplicatedMySQLProps } from '../replicated-mysql';
import { checkStore } from '../backup/backup-store';
import { checkSchedule } from '../../core/cron';
import { checkOptions } from '../option-file';
import { checkAtLeast, checkName, problem } from '../../core/problems';

/** The operator refuses longer names (MAX_CLUSTER_NAME_LEN), though its schema would take 40 characters. */
const LONGEST_NAME = 28;
/** As many as slices with names of their own. */
const MOST_ROUTERS = 99;
/** Not measured: less than this is a mistake in the unit. */
const LEAST_ROUTER_MEBIBYTES = 64;

export function isMemberCount(members: number): boolean {
  return Number.isInteger(members) && members >= 3 && members <= 9;
}

/** Reports properties that cannot be rendered, or that would not mean what they say. */
export function checkInnoDBCluster(
  database: ReplicatedMySQL,
  props: ReplicatedMySQLProps,
  own: InnoDBClusterProps,
): void {
  checkCluster(database, own);
  checkStores(database, own);
  refusePairs(database, props);
  refuseCommon(database);
  const taken = 'the operator’s container and group replication take 734 MiB beside the buffer pool and connections';
  database._checkRam(LEAST_GROUP_MEBIBYTES, taken);
  checkOptions(database, props.settings ?? {});
  for (const [name, value] of Object.entries(props.settings ?? {}).filter(([name]) => isOperators(name)))
    problem(database, `settings.${name}`, value, 'the operator says what it is; leave it out');
}

function checkCluster(database: ReplicatedMySQL, own: InnoDBClusterProps): void {
  const { members = 3, routers = 2, routerRam, version, imageRepository, operatorNamespace } = own;
  if (database.name.length > LONGEST_NAME) {
    const shorter = `the operator takes names of ${LONGEST_NAME} characters; shorten '${database.name}'`;
    problem(database, 'id', database.node.id, shorter);
  }
  if (!isMemberCount(members)) {
    const why = 'a group goes on while more than half of it is there, and has 9 members at most';
    problem(database, 'engine.members', members, `${why}; write a whole number from 3 to 9`);
  }
  if (!Number.isInteger(routers) || routers < 1 || routers > MOST_ROUTERS) {
    const instead = `programs connect to a router; write a whole number from 1 to ${MOST_ROUTERS}`;
    problem(database, 'engine.routers', routers, instead);
  }
  if (routerRam)
    checkAtLeast(
      database,
      'engine.routerRam',
      routerRam,
      Size.mebibytes(LEAST_ROUTER_MEBIBYTES),
      'a router needs room',
    );
  if (version !== undefined && !/^\d+\.\d+\.\d+$/.test(version))
    problem(database, 'engine.version', version, "write three numbers, such as '9.1.0'");
  if (
    imageRepository !== undefined &&
    (!/^[a-z0-9]+([._/-]+[a-z0-9]+|:[0-9]+)*$/.test(imageRepository) || imageRepository.includes('//'))
  ) {
    const registry = "write where the images are, without the name of one, such as 'registry.example.org/mysql'";
    problem(database, 'engine.imageRepository', imageRepository, registry);
  }
  if (operatorNamespace !== undefined) checkName(database, 'engine.operatorNamespace', operatorNamespace);
}

function checkStores(database: ReplicatedMySQL, { backup, restoreFrom }: InnoDBClusterProps): void {
  if (backup) {
    checkStore(database, backup, 'engine.backup.');
    const folder = backup.folder ?? database.name;
    if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(folder))
      problem(database, 'engine.backup.folder', folder, 'write lower-case letters, digits and hyphens');
    if (backup.schedule !== undefined) checkSchedule(database, 'engine.backup.schedule', backup.schedule);
  }
  if (restoreFrom) {
    checkStore(database, restoreFrom, 'engine.restoreFrom.');
    if (!/^[\w.-]+(\/[\w.-]+)*$/.test(restoreFrom.folder)) {
      const whole = "write the folder of one dump, such as 'dfw-db/dfw-db-dump251127031700'";
      problem(database, 'engine.restoreFrom.folder', restoreFrom.folder, whole);
    }
  }
}

/** Common properties that would not come to the operator's pods, or that its own labels stand for. */
function refuseCommon(database: ReplicatedMySQL): void {
  const { metadata, pods } = database._settings;
  const users = 'the operator says which users its programs run as; write pods: { platformUserIds: false } here';
  if (pods.platformUserIds) problem(database, 'pods.platformUserIds', true, users);
  for (const key of Object.keys({ ...metadata.labels, ...metadata.podLabels }))
    if (['component', 'tier'].includes(key) || key.startsWith('mysql.oracle.com/'))
      problem(database, 'metadata.labels', key, 'the operator selects its pods by it; write another');
}

/** Properties of a pair alone, with what this engine does instead or the property that says the same for it. */
function refusePairs(database: ReplicatedMySQL, props: ReplicatedMySQLProps): void {
  const { durability, failover, image, nodeImage, restoreFrom } = props;
  const lease = failover && `${failover.leaseSeconds} s`;
  const dump = "the operator cannot load MySQLBackup's backups; leave it out, and give the engine's restoreFrom a dump";
  refuse(database, 'durability', durability, 'a group acknowledges what most of it has received; leave it out');
  refuse(database, 'failover', lease, 'a group itself says who takes writes; leave it out');
  refuse(database, 'image', image, "the operator has images of its own; leave it out, and give the engine's version");
  refuse(database, 'nodeImage', nodeImage, 'no agent runs beside the servers of a group; leave it out');
  refuse(database, 'restoreFrom', restoreFrom?.folder, dump);
}

function refuse(database: ReplicatedMySQL, property: string, value: unknown, instead: string): void {
  if (value !== undefined) problem(database, property, value, instead);
}
