import * as net from 'node:net';
import * as tls from 'node:tls';
import type { RedisListsTarget } from '../../contract/exporter-config';
import { TIMEOUT_MS } from './http';
import { quoted } from './server';

/** The length of each list, as Valkey and Redis tell it. */
export async function redisListFigures(target: RedisListsTarget, environment: NodeJS.ProcessEnv): Promise<string> {
  const { user, passwordVariable, database, lists } = target;
  const password = passwordVariable === undefined ? undefined : (environment[passwordVariable] ?? '');
  const login = password === undefined ? [] : [['AUTH', ...(user === undefined ? [] : [user]), password]];
  const before = [...login, ['SELECT', String(database)]];
  const counted = Object.entries(lists);
  const answers = await replies(target, authorityOf(target, environment), [
    ...before,
    ...counted.map(([, key]) => ['LLEN', key]),
  ]);
  return counted
    .map(([name], at) => `queue_ready{queue=${quoted(name)}} ${lengthOf(answers[before.length + at])}\n`)
    .join('');
}

/** The certificate by which the server is verified; undefined where the connection is not encrypted. */
function authorityOf({ authorityVariable }: RedisListsTarget, environment: NodeJS.ProcessEnv): string | undefined {
  return authorityVariable === undefined ? undefined : (environment[authorityVariable] ?? '');
}

function lengthOf(answer = ''): string {
  if (!/^:\d+$/.test(answer)) throw new Error(`an answer is no length: ${answer}`);
  return answer.slice(1);
}

/** Each command is answered in a line (RESP 2): `+OK`, `:42`, or `-` and what is wrong. */
function replies(
  { host, port }: RedisListsTarget,
  authority: string | undefined,
  commands: string[][],
): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let text = '';
    const ask = () => socket.write(commands.map(encoded).join(''));
    const socket =
      authority === undefined
        ? net.connect(port, host, ask)
        : tls.connect({ host, port, servername: host, ca: authority }, ask);
    const fail = (because: string) => socket.destroy(new Error(`${host}: ${because}`));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\r\n').slice(0, -1);
      const wrong = lines.find((line) => line.startsWith('-'));
      if (wrong !== undefined) return void fail(wrong.slice(1));
      if (lines.length < commands.length) return;
      resolve(lines);
      socket.end();
    });
    const timer = setTimeout(() => fail(`no answer within ${TIMEOUT_MS} ms`), TIMEOUT_MS);
    socket.on('error', reject).on('close', () => {
      clearTimeout(timer);
      reject(new Error(`${host}: it closed the connection before its answers were complete`));
    });
  });
}

function encoded(words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}
