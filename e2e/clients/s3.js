/** A user of an S3 store: `store N`, `check N`, `probe SECONDS`, which reads and writes all the time, or `point KEY`, a signed URL. */
const { createHash, createHmac } = require('node:crypto');
const { Agent, request } = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');

const { MOG_S3_ENDPOINT, MOG_S3_REGION, MOG_BUCKET, MOG_ACCESS_KEY, MOG_SECRET_KEY } = process.env;
const agent = new Agent({ keepAlive: false });
const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, data) => createHmac('sha256', key).update(data).digest();

/** One request with Amazon's signature, version 4. */
function s3(method, key, body = Buffer.alloc(0)) {
  const url = new URL(`${MOG_S3_ENDPOINT}/${MOG_BUCKET}/${key}`);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const headers = { host: url.host, 'x-amz-content-sha256': sha256(body), 'x-amz-date': time };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [method, url.pathname, '', lines.join(''), names, headers['x-amz-content-sha256']].join('\n');
  const scope = `${day}/${MOG_S3_REGION}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const signing = [day, MOG_S3_REGION, 's3', 'aws4_request'].reduce(hmac, `AWS4${MOG_SECRET_KEY}`);
  const signature = hmac(signing, text).toString('hex');
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${MOG_ACCESS_KEY}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent, timeout: 5000 }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const data = Buffer.concat(chunks);
        if (answer.statusCode === 200) resolve(data);
        else reject(new Error(`${answer.statusCode} ${data}`.slice(0, 300)));
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 5 s')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Where anybody may get a file for a minute, as HOST:PORT/PATH. */
function signed(key) {
  const url = new URL(`${MOG_S3_ENDPOINT}/${MOG_BUCKET}/${key}`);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const scope = `${day}/${MOG_S3_REGION}/s3/aws4_request`;
  const query = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${MOG_ACCESS_KEY}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host',
  });
  const canonical = ['GET', url.pathname, `${query}`, `host:${url.host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const signing = [day, MOG_S3_REGION, 's3', 'aws4_request'].reduce(hmac, `AWS4${MOG_SECRET_KEY}`);
  return `${url.host}${url.pathname}?${query}&X-Amz-Signature=${hmac(signing, text).toString('hex')}`;
}

/** 30 kB that follow from the key, as a picture would have. */
const content = (key) => Buffer.concat(Array.from({ length: 1000 }, (_, i) => hmac(`${key}`, `${i}`).subarray(0, 30)));

async function timed(tally, work) {
  const start = performance.now();
  tally.done++;
  try {
    await work();
  } catch (error) {
    tally.failed++;
    tally.lastError = error.message;
    tally.lastFailure = Math.round((performance.now() - tally.began) / 100) / 10;
  }
  tally.worst = Math.max(tally.worst, Math.round(performance.now() - start) / 1000);
}

const tally = () => ({ began: performance.now(), done: 0, failed: 0, worst: 0 });

async function reading(key) {
  if (!(await s3('GET', key)).equals(content(key))) throw new Error(`${key} is not what was stored`);
}

async function main([what, number]) {
  if (what === 'point')
    return void process.stdout.write(`${JSON.stringify({ at: signed(number), sha256: sha256(content(number)) })}\n`);
  const reads = tally();
  const writes = tally();
  if (what === 'store')
    for (let i = 0; i < number; i++) await timed(writes, () => s3('PUT', `f${i}`, content(`f${i}`)));
  if (what === 'check') for (let i = 0; i < number; i++) await timed(reads, () => reading(`f${i}`));
  if (what === 'probe') {
    const end = performance.now() + number * 1000;
    const loop = async (work) => {
      while (performance.now() < end) {
        await work();
        await sleep(100);
      }
    };
    await Promise.all([
      loop(() => timed(reads, () => reading(`f${Math.floor(Math.random() * 20)}`))),
      loop(() => timed(writes, () => s3('PUT', `p${writes.done}`, content('p')))),
    ]);
  }
  process.stdout.write(`${JSON.stringify({ reads, writes })}\n`);
}

void main(process.argv.slice(2));
