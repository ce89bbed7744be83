import { Smtp } from '../smtp';
import { podsOf, addressOf, get, kubectl, otherNode, until } from '../support';
import { onTheSite } from './on-the-site';
import { MAIL, SITE, mailbox, value } from './site';

onTheSite('mail slice', () => {
  test('this box just handles incoming mail: a message becomes an entry, and other domains are refused', async () => {
    const smtp = await Smtp.open(await addressOf(MAIL, 'seed-mail-smtp'));
    await smtp.say('HELO client.example');
    const subject = `posted by mail ${Date.now()}`;
    expect(await smtp.send(subject, 'mark@example.org')).toMatch(/^250/);
    expect(await smtp.send('a relay', 'mark@elsewhere.example')).toMatch(/^5/);
    smtp.close();
    const posted = `SELECT COUNT(*) FROM entry WHERE source = 'mail' AND subject = '${subject}'`;
    await until('the entry', async () => (await value(posted)) === '1', 60);
  });

  test("a separate box for security reasons: it can connect to the queue's database and DNS, and to nothing else", async () => {
    const address = async (pod: string) => (await get('-n', SITE, 'pod', pod)).status.podIP as string;
    const dns = (await get('-n', 'kube-system', 'service', '-l', 'k8s-app=kube-dns')).items[0].spec.clusterIP;
    const open = [`seed-db.${SITE}.svc.cluster.local:3306`, `${dns}:53`];
    const closed = [
      `seed-memc01.${SITE}.svc.cluster.local:11211`,
      `${await address((await podsOf(SITE, 'web'))[0])}:8080`,
      `${await address('seed-mog-1')}:7001`,
      `${await address('seed-mog-1')}:7500`,
      `${await address('seed-lb-1')}:8080`,
      `${await address('seed-admin-1')}:9090`,
      `${(await mailbox()).address}:2525`,
      'kubernetes.default.svc.cluster.local:443',
      `${await otherNode(MAIL, 'seed-mail-1')}:10250`,
    ];
    const code =
      'for (@ARGV) { print IO::Socket::INET->new(PeerAddr => $_, Timeout => 3) ? "$_ open\\n" : "$_ closed\\n" }';
    const all = ['perl', '-MIO::Socket::INET', '-e', code, ...open, ...closed];
    const seen = (await kubectl('-n', MAIL, 'exec', 'seed-mail-1', '--', ...all)).trim().split('\n');
    expect(seen).toEqual([...open.map((each) => `${each} open`), ...closed.map((each) => `${each} closed`)]);
  });
});
