import { DATA } from '../mysql';
import { joined } from '../mysql-start';

/** The scripts of the pods that back a pair up, beside the library's own program. They need nothing of the image but MySQL and `bash`. */

/** The pipe that the dump goes through, without ever being a file. */
export const PIPE = '/pipe/dump';
/** The folder of a restore test's files. */
export const SCRATCH = '/scratch';

/** RAM of mysqldump, in MiB: it keeps one row at a time. */
export const DUMP_MEBIBYTES = 64;
/** RAM of the program that stores, in MiB: an upload has two parts of 8 MiB in memory beside Node's own 40. */
export const STORE_MEBIBYTES = 128;
/** RAM of the server of a restore test, in MiB: 165 without a pool (mysql.ts), and a pool of 64. */
export const SCRATCH_MEBIBYTES = 384;

/** Restores into a scratch server, and counts its rows. */
export const RESTORE_TEST = joined('restore.sh', 'restore-test.sh');

/** Files fetched for a new pair, until it has them. */
export const FETCHED = `${DATA}/fetched`;
/** Makes the data of a new pair's first server from the fetched files; does nothing where there are none. */
export const RESTORE_PAIR = joined('restore.sh', 'restore-pair.sh');
