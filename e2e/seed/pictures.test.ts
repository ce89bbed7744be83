import { kubectl, ready, until } from '../support';
import { withPower } from '../with-power';
import { onTheSite } from './on-the-site';
import { S3, SITE, ask, inPod, nodeOf, perl, withoutPower } from './site';

const PICTURE = new Uint8Array(20_000).map((_, index) => (index * 7) % 256);
const STORAGE = ['seed-mog-1', 'seed-mog-2'];

async function isServed(user: string): Promise<boolean> {
  return Buffer.from(await (await ask(`/userpic/${user}`)).arrayBuffer()).equals(Buffer.from(PICTURE));
}

/** Where the tracker says that a file is. */
async function paths(user: string): Promise<string[]> {
  const code = `print "$_\\n" for Journal::Files::mogile()->get_paths("userpic:${user}", { noverify => 1 })`;
  return (await perl(code)).trim().split('\n');
}

async function store(user: string): Promise<void> {
  await until('a store that takes files', () => ask(`/userpic/${user}`, PICTURE), 120);
  // Garage has two before it thanks for one.
  if (!S3) await until('its second copy', async () => (await paths(user)).length === 2, 90);
}

/** The files that a storage slice has. */
async function filesOn(pod: string): Promise<number> {
  return Number(await inPod(pod, 'storage', 'sh', '-c', 'find /var/mogdata -name "*.fid" | wc -l'));
}

onTheSite('userpics', () => {
  beforeAll(() => store('mark'));

  // What Garage has on either slice has other names; that each has it shows when the other is gone.
  if (!S3)
    test('a userpic is on both storage slices', async () => {
      const hosts = (await paths('mark')).map((path) => new URL(path).hostname);
      expect(new Set(hosts).size).toBe(2);
      for (const pod of STORAGE) expect(await filesOn(pod)).toBeGreaterThan(0);
    });

  test('it is served through the balancer, and web only says where it is', async () => {
    expect(await isServed('mark')).toBe(true);
    const code =
      'my $r = LWP::UserAgent->new->get("http://127.0.0.1:8080/userpic/mark"); print length($r->content), " ", $r->header("X-Reproxy-URL")';
    const direct = await inPod('deployment/seed-web', 'apache', 'perl', '-MLWP::UserAgent', '-e', code);
    expect(direct).toMatch(S3 ? /^0 http:\/\/\S+&X-Amz-Signature=/ : /^0 http:\/\/\S+\.fid/);
  });

  test('it is served with either storage slice killed', async () => {
    for (const pod of STORAGE) {
      await kubectl('-n', SITE, 'delete', 'pod', pod, '--grace-period=0', '--force');
      await until('the picture', () => isServed('mark'), 20);
      await ready(SITE, ['seed-mog'], 180);
    }
  });

  if (!S3)
    test('a slice that lost its volume is filled again by itself', async () => {
      const before = await filesOn('seed-mog-1');
      await kubectl('-n', SITE, 'delete', 'pvc', await claimOf('seed-mog-2'), '--wait=false');
      await kubectl('-n', SITE, 'delete', 'pod', 'seed-mog-2');
      await ready(SITE, ['seed-mog'], 180);
      await until('its files', async () => (await filesOn('seed-mog-2')) >= before, 240);
      expect(await isServed('mark')).toBe(true);
    });

  withPower('it is served with either storage slice without power', async () => {
    for (const pod of STORAGE) {
      const name = await nodeOf(pod);
      await withoutPower(name, async () => {
        const start = performance.now();
        await until(`the picture without ${name}`, () => isServed('mark'), 60);
        const seconds = (performance.now() - start) / 1000;
        for (let asked = 0; asked < 5; asked++) await until('the picture', () => isServed('mark'), 20);
        process.stderr.write(`${pod} without power: the picture after ${seconds.toFixed(1)} s\n`);
      });
    }
  });
});

async function claimOf(pod: string): Promise<string> {
  const path = 'jsonpath={.spec.volumes[*].persistentVolumeClaim.claimName}';
  return (await kubectl('-n', SITE, 'get', 'pod', pod, '-o', path)).split(' ')[0] as string;
}
