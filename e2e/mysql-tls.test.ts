/** A pair that refuses who does not encrypt, and the password of the site's account replaced while it is used. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT, bringUp, get, kubectl, removeNamespaces, synth, until, withCluster } from './support';

const SITE = 'e2e/sites/mysql-tls.ts';
const NAMESPACE = 'e2e-mysql';
const SET = 'e2e-mysql-db';
const PODS = [`${SET}-1`, `${SET}-2`];

async function password(key = 'password'): Promise<string> {
  const { data } = await get('-n', NAMESPACE, 'secret', SET);
  return Buffer.from(data[key], 'base64').toString();
}

async function primary(): Promise<string> {
  return (await get('-n', NAMESPACE, 'lease', SET)).metadata.annotations['cdk8s-slices/pod'];
}

/** Asks a server over the network, from its own pod. */
async function sql(pod: string, secret: string, statement: string, mode = 'REQUIRED'): Promise<string> {
  const client = ['mysql', '--host=127.0.0.1', `--user=${NAMESPACE}`, `--password=${secret}`, `--ssl-mode=${mode}`];
  const command = [...client, '--batch', '-N', 'bench', '-e', statement];
  return (await kubectl('-n', NAMESPACE, 'exec', pod, '-c', 'mysqld', '--', ...command)).trim();
}

async function command(...args: string[]): Promise<string> {
  return (await promisify(execFile)('npx', ['tsx', 'cli/main.ts', ...args], { cwd: ROOT })).stdout;
}

/** Every server, by whether it takes that password. */
async function taken(secret: string): Promise<boolean[]> {
  const ask = (pod: string) =>
    sql(pod, secret, 'SELECT 1').then(
      () => true,
      (error: Error) => {
        if (/Access denied/.test(error.message)) return false;
        throw error;
      },
    );
  return Promise.all(PODS.map(ask));
}

/** How many times the events of the pair say so. */
async function told(what: RegExp): Promise<number> {
  const { items } = await get('-n', NAMESPACE, 'events', '--field-selector=reason=MySQLPassword');
  return (items as { message: string }[]).filter(({ message }) => what.test(message)).length;
}

/** How many commits are acknowledged while something is done; one that is not is an error. */
async function writeWhile(secret: string, work: () => Promise<void>): Promise<number> {
  let commits = 0;
  let going = true;
  const writes = (async () => {
    for (; going; commits++) await sql(await primary(), secret, `REPLACE INTO entries VALUES (${1000 + commits})`);
  })();
  try {
    await work();
  } finally {
    going = false;
    await writes;
  }
  return commits;
}

withCluster('a pair with TLS', () => {
  beforeAll(async () => {
    await bringUp(SITE, { [NAMESPACE]: [SET] });
    await until('a table', async () => {
      await sql(await primary(), await password(), 'CREATE TABLE IF NOT EXISTS entries (id INT PRIMARY KEY)');
      return true;
    });
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('a client that does not encrypt is refused', async () => {
    const plain = sql(await primary(), await password(), 'SELECT 1', 'DISABLED');
    await expect(plain).rejects.toThrow('--require_secure_transport=ON');
  });

  test('a commit is acknowledged by the other server, also after a switchover', async () => {
    const before = await primary();
    await sql(before, await password(), 'INSERT INTO entries VALUES (1)');
    await command('switchover', 'db', NAMESPACE);
    const after = await primary();
    expect(after).not.toBe(before);
    await until('a commit', () =>
      password().then((is) => sql(after, is, 'REPLACE INTO entries VALUES (2)').then(() => true)),
    );
    const both = () => password().then((is) => sql(before, is, 'SELECT GROUP_CONCAT(id) FROM entries'));
    await until('both rows', async () => (await both()) === '1,2');
  });

  test('while its password is replaced, the one before is good, until the rotation is finished', async () => {
    const folder = synth(SITE);
    const old = await password();
    await command('rotate', SET, folder);
    const fresh = await password();
    expect(fresh).not.toBe(old);
    await until('both servers with the new one', async () => (await taken(fresh)).every(Boolean), 180);
    expect(await taken(old)).toEqual([true, true]);
    await command('rotate', SET, folder, '--finish');
    await until('both servers without the old one', async () => !(await taken(old)).some(Boolean), 180);
    expect(await taken(fresh)).toEqual([true, true]);
  });

  test('the passwords of the pair itself are replaced while it is written to', async () => {
    const folder = synth(SITE);
    const names = ['replication', 'agent', 'backup'].map((user) => `${SET}-internal-${user}`);
    const accounts = (what: string) => new RegExp(`the account (replication|agent|backup) has ${what}`);
    const secret = await password();
    const commits = await writeWhile(secret, async () => {
      for (const name of names) await command('rotate', name, folder);
      await until('both passwords at both servers', async () => (await told(accounts('a new'))) === 6, 180);
      await until('a replica that uses the new one', async () => (await told(/it replicates from /)) > 0, 60);
      for (const name of names) await command('rotate', name, folder, '--finish');
      await until('one password at both servers', async () => (await told(accounts('only'))) === 6, 180);
    });
    process.stdout.write(`${commits} commits while three passwords were replaced\n`);
    expect(commits).toBeGreaterThan(50);
  });

  test('servers that are started again in their containers take the passwords that there are by then', async () => {
    const kill = ['bash', '-c', 'kill -9 $(cat /run/mysqld/mysqld.pid)'];
    await Promise.all(PODS.map((pod) => kubectl('-n', NAMESPACE, 'exec', pod, '-c', 'mysqld', '--', ...kill)));
    const fresh = await password();
    await until('a commit that the other acknowledges', async () => {
      await sql(await primary(), fresh, 'REPLACE INTO entries VALUES (3)');
      return true;
    });
    expect(await taken(fresh)).toEqual([true, true]);
    for (const pod of PODS)
      expect((await get('-n', NAMESPACE, 'pod', pod)).status.containerStatuses[0].restartCount).toBe(0);
  });
});
