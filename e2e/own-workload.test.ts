import { join } from 'node:path';
import { ROOT, bringUp, get, kubectl, removeNamespaces, until, urlOf, withCluster } from './support';

const NAMESPACE = 'own';
const MAIN = join(ROOT, 'examples', 'own-workload', 'main.ts');

withCluster('a Deployment and a CronJob of cdk8s-plus-27 in a site', () => {
  let url: string;

  beforeAll(async () => {
    await bringUp(MAIN, { [NAMESPACE]: ['own-db', 'own-memc', 'own-web', 'own-lb'] });
    url = await urlOf(NAMESPACE, 'own-lb');
  });

  afterAll(() => removeNamespaces(NAMESPACE));

  test('a page leads through the balancer and the web tier to the Deployment, which reaches memcached and MySQL', async () => {
    const number = async () => {
      const text = await (await fetch(`${url}/search/`)).text();
      return Number(/^search (\d+), MySQL \d+\.\d+\.\d+\n$/.exec(text)?.[1]);
    };
    const first = await until('an answer of the Deployment', number);
    expect(await number()).toBe(first + 1);
  });

  test('a run of the CronJob makes a table in the database with the password that it is given', async () => {
    const [cronJob] = (await get('-n', NAMESPACE, 'cronjobs')).items;
    await kubectl('-n', NAMESPACE, 'create', 'job', 'now', `--from=cronjob/${cronJob.metadata.name}`);
    await kubectl('-n', NAMESPACE, 'wait', '--for=condition=complete', '--timeout=120s', 'job/now');
    expect(await kubectl('-n', NAMESPACE, 'logs', 'job/now')).toMatch(/^words$/m);
  });

  test('the Deployment reaches nothing that it does not use', async () => {
    const selector = 'cdk8s-slices/workload=search';
    const [pod] = (await get('-n', NAMESPACE, 'pods', '-l', selector)).items;
    const connect = (host: string, port: number) => {
      const program = `const socket = require('net').connect(${port}, '${host}', () => { console.log('open'); socket.destroy(); });
        socket.on('error', () => console.log('closed')).setTimeout(3000, () => { console.log('closed'); socket.destroy(); });`;
      return kubectl('-n', NAMESPACE, 'exec', pod.metadata.name, '--', 'node', '-e', program);
    };
    expect(await connect('own-memc01', 11_211)).toBe('open\n');
    expect(await connect('own-web-any', 80)).toBe('closed\n');
  });
});
