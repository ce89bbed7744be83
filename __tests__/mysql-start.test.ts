import { execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FENCE, DATA, RUN, SECRETS, SETTINGS } from '../constructs/mysql/mysql';
import { joined, startFiles } from '../constructs/mysql/mysql-start';
import { endProgram, startProgram } from './started';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** In place of mysqld: says when it starts and which signal reaches it, and ends as the test wants it to. */
const MYSQLD = `#!/bin/bash
log=$FOLDER/log
case "$*" in
  *--initialize-insecure*)
    mkdir $FOLDER/data/new
    while [ -e $FOLDER/initialize-waits ]; do sleep 0.05; done
    exit 0 ;;
esac
echo started >> $log
trap 'echo TERM >> $log; [ ! -e $FOLDER/stops-slowly ] || sleep 0.5; exit 0' TERM
echo $BASHPID > $FOLDER/run/mysqld.pid
while :; do [ ! -e $FOLDER/exit ] || { code=$(< $FOLDER/exit); rm $FOLDER/exit; exit $code; }; sleep 0.02; done
`;

const scripts: ChildProcess[] = [];
afterEach(async () => {
  for (const each of scripts.splice(0)) await endProgram(each, 'SIGKILL');
});

/** The program of the container, with folders of a test's own. */
function container(flags: readonly string[] = [], files = startFiles({ databases: [], accounts: [] })) {
  const folder = mkdtempSync(join(tmpdir(), 'mysqld-'));
  for (const each of ['data', 'run/agent', 'bin', 'secrets', 'settings'])
    mkdirSync(join(folder, each), { recursive: true });
  for (const flag of flags) writeFileSync(join(folder, flag), '');
  writeFileSync(join(folder, 'bin/mysqld'), MYSQLD);
  chmodSync(join(folder, 'bin/mysqld'), 0o755);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'settings', name), text);
  const env = {
    ...process.env,
    FOLDER: folder,
    HOSTNAME: 'dfw-db-1',
    PATH: `${folder}/bin:${process.env['PATH']}`,
    DATA: join(folder, 'data'),
    RUN: join(folder, 'run'),
    SECRETS: join(folder, 'secrets'),
    SETTINGS: join(folder, 'settings'),
  };
  const script = startProgram('bash', [join(folder, 'settings/start.sh')], { env });
  scripts.push(script);
  const ended = new Promise<number | null>((resolve) => script.on('exit', (code) => resolve(code)));
  const log = () => (existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8').split('\n') : []);
  const fence = (name: string) => join(folder, 'run/agent', name);
  const saying = async (line: string, times = 1) => {
    while (log().filter((each) => each === line).length < times) await sleep(20);
  };
  return { folder, script, ended, log, fence, saying };
}

test('a mysqld that may take writes is killed and not told to stop, as a stop would acknowledge commits that wait', async () => {
  const { script, ended, log, saying } = container();
  await saying('started');
  script.kill('SIGTERM');
  expect(await ended).toBe(137);
  expect(log()).not.toContain('TERM');
});

test('a mysqld whose agent says that it refuses writes is told to stop, and the agent is told so', async () => {
  const { script, ended, log, fence, saying } = container();
  await saying('started');
  writeFileSync(fence('refuses'), '');
  script.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(log()).toContain('TERM');
  expect([existsSync(fence('refuses')), existsSync(fence('stopping'))]).toEqual([false, true]);
});

test('a mysqld that is told to stop twice is not killed in the middle of it', async () => {
  const { script, ended, fence, saying } = container(['stops-slowly']);
  await saying('started');
  writeFileSync(fence('refuses'), '');
  script.kill('SIGTERM');
  await saying('TERM');
  script.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('what was said of a former run of mysqld does not count for the next', async () => {
  const { script, ended, log, folder, fence, saying } = container();
  await saying('started');
  writeFileSync(fence('refuses'), '');
  writeFileSync(join(folder, 'exit'), '16');
  await saying('started', 2);
  expect(existsSync(fence('refuses'))).toBe(false);
  script.kill('SIGTERM');
  expect(await ended).toBe(137);
  expect(log()).not.toContain('TERM');
});

test('a mysqld that was killed, or has taken a copy, is started again; one that is told to stop is not', async () => {
  const { script, ended, log, folder, fence, saying } = container();
  for (const [index, code] of ['16', '137'].entries()) {
    await saying('started', index + 1);
    writeFileSync(join(folder, 'exit'), code);
  }
  await saying('started', 3);
  writeFileSync(fence('refuses'), '');
  script.kill('SIGTERM');
  await ended;
  expect(log().filter((line) => line === 'started')).toHaveLength(3);
});

test('the watchdog ends a mysqld whose agent has not said for too long that it is the active one', async () => {
  const { log, fence, saying } = container();
  await saying('started');
  writeFileSync(fence('ready'), '');
  writeFileSync(fence('active-until'), '0\n');
  await saying('started', 2);
  expect(log()).not.toContain('TERM');
  expect([existsSync(fence('active-until')), existsSync(fence('ready'))]).toEqual([false, false]);
});

test('a script that is told to stop while a volume is initialized starts no mysqld', async () => {
  const { script, ended, log, folder } = container(['initialize-waits']);
  while (!existsSync(join(folder, 'data/new'))) await sleep(20);
  script.kill('SIGTERM');
  rmSync(join(folder, 'initialize-waits'));
  expect(await ended).toBe(0);
  expect(log()).toEqual([]);
});

test('the folders of the program are those of the container', () => {
  const { 'start.sh': program } = startFiles({ databases: [], accounts: [] });
  const set = Object.entries({ DATA, RUN, SECRETS, SETTINGS }).map(([name, folder]) => `"\${${name}:=${folder}}"`);
  expect(program).toContain(`: ${set.join(' ')}\nfence=$RUN/agent\n`);
  expect(FENCE).toBe(`${RUN}/agent`);
});

/** Statements for two accounts, of which one has a password before. */
const STATEMENTS = [
  'SET SESSION sql_log_bin = 0;',
  "account 'dfw'@'%' dfw",
  'GRANT ALL ON `a\\_b`.* TO x;',
  "account 'r'@'%' r",
].join('\n');
const RUN_FIRST = [
  'SET SESSION sql_log_bin = 0;',
  "CREATE USER IF NOT EXISTS 'dfw'@'%' IDENTIFIED BY 'it''s \\\\ $(new)';",
  "ALTER USER 'dfw'@'%' IDENTIFIED BY 'it''s \\\\ $(new)';",
  "ALTER USER 'dfw'@'%' DISCARD OLD PASSWORD;",
  'GRANT ALL ON `a\\_b`.* TO x;',
  "CREATE USER IF NOT EXISTS 'r'@'%' IDENTIFIED BY 'new';",
  "ALTER USER 'r'@'%' IDENTIFIED BY 'old';",
  "ALTER USER 'r'@'%' IDENTIFIED BY 'new' RETAIN CURRENT PASSWORD;",
  '',
].join('\n');

test('mysqld runs the statements first, with the passwords that the Secrets have at each of its starts', async () => {
  const { folder, saying } = container(['initialize-waits'], {
    ...startFiles({ databases: [], accounts: [] }),
    'init.sql': STATEMENTS,
  });
  for (const [user, name, password] of [
    ['dfw', 'password', "it's \\ $(new)"],
    ['r', 'password', 'new'],
    ['r', 'password-before', 'old'],
  ] as const) {
    mkdirSync(join(folder, 'secrets', user), { recursive: true });
    writeFileSync(join(folder, 'secrets', user, name), password);
  }
  rmSync(join(folder, 'initialize-waits'));
  await saying('started');
  expect(readFileSync(join(folder, 'run/init.sql'), 'utf8')).toBe(RUN_FIRST);
});

test('a group gets the same statements from its administrator, with the passwords of its environment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'group-'));
  writeFileSync(join(folder, 'mysql'), `#!/bin/bash\ncat >${folder}/asked\n`);
  chmodSync(join(folder, 'mysql'), 0o755);
  const passwords = { dfw: "it's \\ $(new)", r: 'new', r_BEFORE: 'old', ROOT_PASSWORD: 'x', MYSQL_HOST: 'db' };
  execFileSync('bash', ['-c', joined('accounts.sh', 'group-accounts.sh')], {
    env: { PATH: `${folder}:${process.env['PATH']}`, STATEMENTS, ...passwords },
  });
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe(RUN_FIRST);
});
