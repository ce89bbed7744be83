// A page that says which release served it.
const { createServer } = require('node:http');

const server = createServer((request, response) => response.end(`release ${process.env.RELEASE}\n`));
server.listen(3000);

// Requests in flight end, idle connections are closed, and then nothing is left to run for.
process.on('SIGTERM', () => server.close());
