// A page that counts its visitors in memcached, over memcached's own text protocol.
const { createServer } = require('node:http');
const { connect } = require('node:net');

const [host, port] = process.env.MEMC_SERVERS.split(',')[0].split(':');

function ask(command) {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => socket.write(`${command}\r\n`));
    socket.setTimeout(2000, () => socket.destroy(new Error('memcached does not answer')));
    socket.on('error', reject).once('data', (answer) => {
      socket.end();
      resolve(answer.toString().trim());
    });
  });
}

/** The first visitor makes the counter: `add` does nothing where it is there. */
async function visit() {
  await ask('add visitors 0 0 1\r\n0');
  return ask('incr visitors 1');
}

const server = createServer(async ({ url }, response) => {
  try {
    if (url === '/healthy') return response.end('ok\n');
    // A page that takes its time shows that a release waits for it.
    if (url === '/slow') await new Promise((resolve) => setTimeout(resolve, 10_000));
    response.end(`release ${process.env.RELEASE}, visitor ${await visit()}\n`);
  } catch (error) {
    response.writeHead(500).end(`${error.message}\n`);
  }
});
server.listen(3000);

// Requests in flight end, idle connections are closed, and then nothing is left to run for.
process.on('SIGTERM', () => server.close());
