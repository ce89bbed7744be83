/**
 * What a slice needs beside Garage: `node garage.js key` writes its node key before Garage starts, `node garage.js keep` runs
 * beside it and says whether it may be read from, and `node garage.js set-up` is the Job.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseGarageConfig } from '../../contract/garage-config';
import { fill } from './filling';
import { FillingMark } from './filling-mark';
import { nodeKey } from './node-key';
import { Secrets, setUp } from './set-up';
import { retry } from './retry';

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
  new FillingMark(folder).setIfNew();
  writeFileSync(`${folder}/node_key`, nodeKey(need('GARAGE_RPC_SECRET'), slice).file, { mode: 0o600 });
}

async function keep(): Promise<void> {
  const mark = new FillingMark(need('METADATA_FOLDER'));
  const admin = need('OWN_ADMIN');
  const token = need('GARAGE_ADMIN_TOKEN');
  const call = (name: string, body?: unknown) => ask(admin, name, token, body);
  const server = createServer((_, response) => void response.writeHead(mark.mayBeRead ? 200 : 503).end());
  server.listen(Number(need('KEEPER_PORT')));
  const linger = Number(need('LINGER_SECONDS'));
  process.on('SIGTERM', () => setTimeout(() => process.exit(0), linger * 1000));
  for (; ; await sleep(1000)) {
    if (!mark.isSet) continue;
    say('the volume is new: this slice is not read from until it has the list of files');
    const began = performance.now();
    await retry(() => fill(call, () => sleep(1000)), say);
    mark.clear();
    say(`it has the list of files, after ${Math.round((performance.now() - began) / 1000)} s`);
  }
}

async function runSetUp(): Promise<void> {
  const wanted = parseGarageConfig(need('WANTED'));
  const secrets: Secrets = {
    rpcSecret: need('GARAGE_RPC_SECRET'),
    adminToken: need('GARAGE_ADMIN_TOKEN'),
    accessKey: need('ACCESS_KEY'),
    secretKey: need('SECRET_KEY'),
  };
  const call = (admin: string, name: string, body?: unknown) => ask(admin, name, secrets.adminToken, body);
  await retry(() => setUp(wanted, secrets, call, say), say);
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

const COMMANDS: Record<string, () => void | Promise<void>> = { key: writeKey, keep, 'set-up': runSetUp };

async function main(): Promise<void> {
  const [, , name = ''] = process.argv;
  const command = COMMANDS[name];
  if (!command) throw new Error(`'${name}' is no command; there are: ${Object.keys(COMMANDS).join(', ')}`);
  await command();
}

main().catch((error: Error) => {
  say(error.message);
  process.exitCode = 1;
});
