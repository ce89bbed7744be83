import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { redisListFigures } from '../../agent/exporter/redis-lists';
import { ValkeyClient } from '../../agent/valkey/client';
import { testWith } from '../tools';
import { Laboratory, pair, until, writeCertificate } from './valkey-lab';

jest.setTimeout(60_000);
const testValkey = testWith('valkey', 'openssl');

let made: Laboratory;
let folder: string;

afterEach(async () => {
  made.network.close();
  for (const each of [made.one, made.two]) await each.stop();
  rmSync(folder, { recursive: true });
});

async function begin(): Promise<Laboratory> {
  folder = mkdtempSync(join(tmpdir(), 'valkey-tls-'));
  writeCertificate(folder, 10);
  made = await pair('required', folder);
  await made.one.take();
  await made.two.engine.follow({ pod: 'kv-1', address: '', term: 1, facts: made.lease.facts });
  await until('a replica that is named', () => made.lease.facts['replica'] !== undefined);
  return made;
}

const written = (...words: string[]) =>
  until('it takes writes', () =>
    made.one
      .program()
      .ask(...words)
      .then(() => true),
  );

testValkey('agents, replication and programs speak TLS, and the replica takes over with everything', async () => {
  const { lease, one, two } = await begin();
  await written('SET', 'a', '1');
  await one.engine.demote('it hands over', true);
  lease.holder = '';
  await two.take();
  expect(await two.program().ask('GET', 'a')).toBe('1');
  await one.engine.follow({ pod: 'kv-2', address: '', term: 2, facts: lease.facts });
  await until('the former primary is the replica', () => lease.facts['replica'] !== undefined);
});

testValkey(
  'a connection without TLS is refused, and so is a server whose certificate is of another authority',
  async () => {
    const { one } = await begin();
    const at = { host: '127.0.0.1', port: one.port };
    const plain = new ValkeyClient({ at, user: 'default', passwords: () => ['programs'] }, 2_000);
    await expect(plain.ask('PING')).rejects.toThrow(/closed the connection|ECONNRESET|no answer/);
    plain.close();
    const program = one.program();
    writeCertificate(folder, 20);
    await expect(program.ask('PING')).rejects.toThrow(/self-signed certificate|certificate signature/);
  },
);

testValkey('the length of lists is asked for by TLS', async () => {
  const { one } = await begin();
  await written('RPUSH', 'queue', '1');
  const lists = { default: 'queue' };
  const place = { kind: 'redis-lists', host: '127.0.0.1', port: one.port, database: 0, lists } as const;
  const target = { ...place, passwordVariable: 'PASSWORD', authorityVariable: 'CA' };
  const environment = { PASSWORD: 'programs', CA: readFileSync(join(folder, 'ca.crt'), 'utf8') };
  expect(await redisListFigures(target, environment)).toMatch(/^queue_ready\{queue="default"\} [1-9]/);
  await expect(redisListFigures(target, { ...environment, CA: '' })).rejects.toThrow('certificate');
});

testValkey('a renewed certificate is shown without a restart, by the primary and by its replica', async () => {
  const { one, two } = await begin();
  const runs = () => Promise.all([one, two].map(({ server }) => server.standing().then(({ run }) => run)));
  const [before, running] = [await shownBy(one.port), await runs()];
  // Its agents have looked at the first one.
  await until('a round', () => one.log.length > 0);
  writeCertificate(folder, 20);
  for (const { port } of [one, two]) await until('the new one', async () => (await shownBy(port)) !== before);
  expect(await runs()).toEqual(running);
});

/** The serial number of the certificate that a server shows. */
function shownBy(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
