/** `backup.js dump PIPE | logs | prune DAYS | fetch FOLDER`. The store and the server are named by the environment. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { MySqlClient } from '../mysql/client';
import { Archive } from './archive';
import { Bucket } from './bucket';
import { fetchBackup } from './restore';
import { parseGoal } from './plan';

const need = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} must be set in the environment`);
  return value;
};
const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main([command, argument = '']: string[]): Promise<void> {
  const { env } = process;
  const ca = env['S3_CA_FILE'];
  const bucket = new Bucket({
    endpoint: need('S3_ENDPOINT'),
    bucket: need('S3_BUCKET'),
    region: need('S3_REGION'),
    accessKey: need('S3_ACCESS_KEY'),
    secretKey: need('S3_SECRET_KEY'),
    ...(ca ? { ca: readFileSync(ca, 'utf8') } : {}),
  });
  const archive = new Archive(bucket, need('BACKUP_PREFIX'), say);
  switch (command) {
    case 'dump':
      while (!existsSync(argument)) await new Promise((resolve) => setTimeout(resolve, 100));
      await archive.storeDump(createReadStream(argument) as AsyncIterable<Buffer>, new Date());
      return archive.prune(Number(need('KEEP_DAYS')), new Date());
    case 'logs': {
      const address = {
        host: need('MYSQL_HOST'),
        port: Number(env['MYSQL_PORT'] ?? 3306),
        user: need('MYSQL_USER'),
        password: need('MYSQL_PASSWORD'),
      };
      return archive.storeLogs(() => MySqlClient.connect({ ...address, timeoutMs: 60_000 }));
    }
    case 'fetch':
      if (env['RESTORE_AT'] && (hostname() !== env['RESTORE_AT'] || existsSync(need('RESTORE_UNLESS'))))
        return say('nothing to restore here');
      return fetchBackup(archive, parseGoal(env['RESTORE_UNTIL'] ?? ''), argument, say);
    default:
      throw new Error(`there is no ${command}; there are dump, logs and fetch`);
  }
}

main(process.argv.slice(2)).then(
  // A stream of a log that was left early would keep the process.
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
