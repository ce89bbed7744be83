/** `node garage.js key` writes the node key of a slice before Garage starts; `node garage.js set-up` is the Job. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { nodeKey } from './node-key';
import { Secrets, Wanted, setUp, setUpUntilDone } from './set-up';

const say = (line: string) => void process.stdout.write(`${line}\n`);

function need(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`the environment has no ${name}`);
  return value;
}

function writeKey(): void {
  const folder = need('METADATA_FOLDER');
  const slice = need('POD_NAME').replace(/-(\d+)$/, (_, number: string) => number.padStart(2, '0'));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(`${folder}/node_key`, nodeKey(need('GARAGE_RPC_SECRET'), slice).file, { mode: 0o600 });
}

async function main(): Promise<void> {
  if (process.argv[2] === 'key') return writeKey();
  const wanted = JSON.parse(need('WANTED')) as Wanted;
  const secrets: Secrets = {
    rpcSecret: need('GARAGE_RPC_SECRET'),
    adminToken: need('GARAGE_ADMIN_TOKEN'),
    accessKey: need('ACCESS_KEY'),
    secretKey: need('SECRET_KEY'),
  };
  const call = (admin: string, name: string, body?: unknown) => ask(admin, name, secrets.adminToken, body);
  await setUpUntilDone(() => setUp(wanted, secrets, call, say), say);
}

function ask(admin: string, name: string, token: string, body?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `http://${admin}/v2/${name}`,
      {
        method: body === undefined ? 'GET' : 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        timeout: 30_000,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (answer.statusCode !== 200) reject(new Error(`${name} at ${admin}: ${answer.statusCode} ${text}`));
          else resolve(text === '' ? undefined : JSON.parse(text));
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${name} at ${admin}: no answer within 30 s`)));
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

main().catch((error: Error) => {
  say(error.message);
  process.exitCode = 1;
});
