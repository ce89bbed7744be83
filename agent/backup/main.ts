/** `backup.js dump PIPE | logs | fetch FOLDER`. The store and the server are named by the environment. */
import { createReadStream, existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseBackupTask } from '../../contract/backup-environment';
import { MySqlClient } from '../mysql/client';
import { Archive } from './archive';
import { Bucket } from './bucket';
import { fetchBackup } from './restore';
import { parseGoal } from './plan';

const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(words: string[]): Promise<void> {
  const task = parseBackupTask(words, process.env);
  const archive = new Archive(new Bucket(task.store), task.prefix, say);
  switch (task.command) {
    case 'dump':
      while (!existsSync(task.pipe)) await new Promise((resolve) => setTimeout(resolve, 100));
      await archive.storeDump(createReadStream(task.pipe) as AsyncIterable<Buffer>, new Date());
      return archive.prune(task.keepDays, new Date());
    case 'logs':
      return archive.storeLogs(() => MySqlClient.connect({ ...task.server, timeoutMs: 60_000 }));
    case 'fetch':
      if (task.only && (hostname() !== task.only.pod || existsSync(task.only.unless)))
        return say('nothing to restore here');
      return fetchBackup(archive, parseGoal(task.until), task.folder, say);
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
