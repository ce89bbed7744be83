import { Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Size } from 'cdk8s';
import { Balancer, WebTier } from '../constructs';
import { install, start, testOnNginx } from './nginx';
import { freePorts } from './servers';
import { endProgram } from './started';
import { newSite, ofKind, synth } from './support';

const ADDRESSES = 101_000;
const PER_CONNECTION = 1000;

/** The configuration of the largest slice, for clients that say their address in a header: one machine has no 100,000. */
function configuration(http: number, health: number, front: number): string {
  const site = newSite();
  const web = new WebTier(site, 'web', { ram: Size.mebibytes(256), image: 'example.org/site:1' });
  const lb = new Balancer(site, 'lb', { ram: Size.gibibytes(16), web });
  const { data } = ofKind(synth(lb), 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('dfw-lb-config'));
  const streams = 'http2_max_concurrent_streams 200000;\n  keepalive_requests 1000000;\n  client_body_timeout 600s;';
  return data['nginx.conf']
    .replace(/worker_connections \d+/, 'worker_connections 1000')
    .replace(/worker_rlimit_nofile \d+/, 'worker_rlimit_nofile 2000')
    .replace(/listen unix:\S+ proxy_protocol/, `listen 127.0.0.1:${http} http2`)
    .replace('listen 8080', `listen 127.0.0.1:${front}`)
    .replace('listen 8081', `listen 127.0.0.1:${health}`)
    .replace('client_body_timeout 10s;', streams)
    .replace('set_real_ip_from unix:', 'set_real_ip_from 127.0.0.1')
    .replace('real_ip_header proxy_protocol', 'real_ip_header X-Address');
}

/** A frame of HTTP/2. */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const word = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
const HEADERS = 1;
const SETTINGS = 4;

/** The headers of a POST whose body does not come, from this client. */
function post(from: number, stream: number): Buffer {
  const index = from + stream;
  const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
  const fields = [
    // POST, http, /, the authority and the length: their numbers in HPACK's table.
    Buffer.from([0x83, 0x86, 0x84, 0x01]),
    word('site'),
    Buffer.from([0x0f, 0x0d]),
    word('9'),
    Buffer.from([0x00]),
    word('x-address'),
    word(address),
  ];
  return frame(HEADERS, 0x4, 2 * stream + 1, Buffer.concat(fields));
}

/** The types of the frames in what the server sent. */
function typesIn(answer: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + 9 <= answer.length; at += 9 + answer.readUIntBE(at, 3)) types.push(answer.readUInt8(at + 3));
  return types;
}

testOnNginx(
  'nginx counts more than 100,000 addresses at once, and refuses none',
  async () => {
    const [http, health, front] = (await freePorts(3)) as [number, number, number];
    const nginx = start(install(configuration(http, health, front)));
    const status = () => fetch(`http://127.0.0.1:${health}/metrics`).then((answer) => answer.text());
    const requests = async () => Number(/requests\s+\d+ \d+ (\d+)/.exec(await status().catch(() => ''))?.[1] ?? 0);
    const clients: { readonly client: Socket; readonly answer: Buffer[] }[] = [];
    try {
      while ((await requests()) === 0) await sleep(100);
      for (let from = 0; from < ADDRESSES; from += PER_CONNECTION) {
        const answer: Buffer[] = [];
        const client = connect(http, '127.0.0.1').on('data', (data) => answer.push(data));
        client.on('error', () => undefined);
        clients.push({ client, answer });
        client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
        client.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
        client.write(Buffer.concat(Array.from({ length: PER_CONNECTION }, (_, index) => post(from, index))));
      }
      while ((await requests()) < ADDRESSES) await sleep(200);
      for (const { client, answer } of clients) {
        expect(client.destroyed).toBe(false);
        expect(typesIn(Buffer.concat(answer)).filter((type) => type === HEADERS)).toEqual([]);
        client.destroy();
      }
    } finally {
      await endProgram(nginx);
    }
  },
  60_000,
);
