/** Answers how often it was asked, which it counts in memcached, and the version of MySQL that it reaches. */
const { createServer } = require('node:http');
const { connect } = require('node:net');

/** What a server says to these lines; MySQL speaks first. */
function ask(host, port, lines) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => lines && socket.write(lines));
    socket.setTimeout(2000, () => socket.destroy(new Error(`no answer of ${host}`)));
    socket.on('error', reject).once('data', (data) => {
      socket.destroy();
      resolve(data.toString('latin1'));
    });
  });
}

async function count() {
  const [host, port] = process.env.MEMC_SERVERS.split(',')[0].split(':');
  await ask(host, port, 'add searches 0 0 1\r\n0\r\n');
  return Number(await ask(host, port, 'incr searches 1\r\n'));
}

async function version() {
  const greeting = await ask(process.env.DB_HOST, process.env.DB_PORT);
  return /\d+\.\d+\.\d+/.exec(greeting)[0];
}

createServer(async (request, response) => {
  if (request.url === '/healthy') return response.end('ok\n');
  try {
    response.end(`search ${await count()}, MySQL ${await version()}\n`);
  } catch (error) {
    response.writeHead(503).end(`${error.message}\n`);
  }
}).listen(8080);
