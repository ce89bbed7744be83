import { join } from 'node:path';
import { ATTACKS, Stranger } from '../__tests__/strangers';
import { ROOT, bringUp, get, kubectl, removeNamespaces, until, urlOf, withCluster } from './support';

const NAMESPACE = 'e2e-web';
const VISITOR = 'e2e-visitor';
const MAIN = join(ROOT, 'e2e', 'sites', 'web.ts');

/** For how long a stranger goes on, in seconds. */
const ATTACK_SECONDS = 60;

/** Asks for a page ten times a second for so many seconds, each time on a connection of its own, and prints what came of it. */
const VISIT = `
const answers = [];
const timer = setInterval(() => answers.push(fetch(process.argv[1], { headers: { connection: 'close' }, signal: AbortSignal.timeout(10000) })
  .then((answer) => answer.text().then(() => answer.status), (error) => String(error.cause ?? error))), 100);
setTimeout(async () => {
  clearInterval(timer);
  const all = await Promise.all(answers);
  console.log(JSON.stringify({ asked: all.length, failures: all.filter((each) => each !== 200) }));
}, 1000 * process.argv[2]);`;

withCluster.each(['nginx', 'perlbal', 'haproxy'])('a stranger at %s', (engine) => {
  let url: string;

  beforeAll(async () => {
    await bringUp(MAIN, { [NAMESPACE]: ['e2e-web-web', 'e2e-web-lb'] }, { env: { ENGINE: engine, RELEASE: '1' } });
    url = await urlOf(NAMESPACE, 'e2e-web-lb');
    await removeNamespaces(VISITOR);
    await kubectl('create', 'namespace', VISITOR);
    await kubectl('-n', VISITOR, 'run', 'visitor', '--image=docker.io/library/node:24-slim', '--', 'sleep', '3600');
    await kubectl('-n', VISITOR, 'wait', '--for=condition=Ready', 'pod/visitor', '--timeout=120s');
    await until('a page for the visitor', async () => (await visit(url, 5)).failures.length === 0);
  });

  afterAll(() => removeNamespaces(NAMESPACE, VISITOR));

  test.each(Object.entries(ATTACKS))(
    'with 1,500 %s connections takes neither the pages of another address nor the active slice',
    async (_, attack) => {
      const before = await slices();
      const stranger = new Stranger(attack, { host: new URL(url).hostname, port: 80 }, 1500);
      try {
        await stranger.begun();
        const { asked, failures } = await visit(url, ATTACK_SECONDS);
        expect({ failures, enough: asked > 5 * ATTACK_SECONDS }).toEqual({ failures: [], enough: true });
        expect(await slices()).toEqual(before);
      } finally {
        stranger.stop();
      }
    },
  );
});

async function visit(url: string, seconds: number): Promise<{ asked: number; failures: string[] }> {
  return JSON.parse(await kubectl('-n', VISITOR, 'exec', 'visitor', '--', 'node', '-e', VISIT, url, String(seconds)));
}

/** The active slice, and how often the containers of each were started. */
async function slices(): Promise<unknown> {
  const endpoints = await get('-n', NAMESPACE, 'endpointslices', '-l', 'kubernetes.io/service-name=e2e-web-lb-active');
  const pods = await get('-n', NAMESPACE, 'pods', '-l', 'app.kubernetes.io/name=lb');
  return {
    active: endpoints.items.flatMap((each: { endpoints?: { targetRef: { name: string } }[] }) =>
      (each.endpoints ?? []).map(({ targetRef }) => targetRef.name),
    ),
    restarts: pods.items.flatMap((pod: { status: { containerStatuses: { restartCount: number }[] } }) =>
      pod.status.containerStatuses.map(({ restartCount }) => restartCount),
    ),
  };
}
