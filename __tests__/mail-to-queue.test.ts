import { createHash } from 'node:crypto';
import { QueueDatabase } from './queue-database';
import { testWith } from './tools';

const LARGEST = 16_319 * 1024;
const JOBS = `use Storable; use Digest::SHA;
for my $arg (map { Storable::thaw($_) } @{ JobQueue::dbh()->selectcol_arrayref('SELECT arg FROM job ORDER BY jobid') }) {
  print join("\\t", $arg->{sender}, $arg->{recipient}, Digest::SHA::sha256_hex($arg->{message})), "\\n";
}`;

interface Mail {
  readonly queueId: string;
  readonly sender: string;
  readonly recipient: string;
  readonly message: Buffer;
}

function line({ sender, recipient, message }: Mail): string {
  return [sender, recipient, createHash('sha256').update(message).digest('hex')].join('\t');
}

function mails(): Mail[] {
  const mail = (of: Partial<Mail>): Mail => ({
    queueId: '4Zabc1',
    sender: 'a@b.example',
    recipient: 'post@example.org',
    message: Buffer.from('Subject: hello\n\nHello.\n'),
    ...of,
  });
  const long = 'x'.repeat(300);
  return [
    mail({}),
    mail({ queueId: '4ZABC1' }),
    mail({ queueId: '4Zabc2', recipient: 'почта@пример.example', sender: 'имя@пример.рф' }),
    mail({ queueId: '4Zabc2', recipient: 'Post@example.org' }),
    mail({ queueId: '4Zabc2' }),
    mail({ recipient: `${long}1@example.org` }),
    mail({ recipient: `${long}2@example.org` }),
    mail({ queueId: '4Zabc3', sender: '', message: Buffer.alloc(0) }),
    mail({ queueId: '4Zabc4', message: Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256)) }),
    mail({ queueId: '4Zabc5', recipient: '"a \'b\\\\"@example.org', message: Buffer.alloc(LARGEST, '\0') }),
  ];
}

testWith('mysqld', 'theschwartz')('each message becomes one job, whatever its bytes and addresses are', async () => {
  const database = await QueueDatabase.start();
  try {
    for (const twice of [1, 2])
      for (const mail of mails())
        expect([twice, mail.recipient, database.handOver(mail.message, mail)]).toEqual([
          twice,
          mail.recipient,
          { code: 0, said: '' },
        ]);
    expect(database.perl(JOBS).trim().split('\n')).toEqual(mails().map(line));
    const { code, said } = database.handOver(Buffer.alloc(17 * 1024 * 1024, 'x'), { queueId: '4Zabc6' });
    expect([code, said]).toEqual([75, "the queue took no job of Incoming: Data too long for column 'arg' at row 1\n"]);
    database.stop();
    expect(database.handOver(Buffer.from('x'))).toEqual({
      code: 75,
      said: expect.stringContaining("Can't connect to"),
    });
  } finally {
    database.stop();
  }
});

const WORKER = `package Incoming;
use base 'TheSchwartz::Worker';
our $failed = 0;
sub max_retries { 5 }
sub work {
  my ($class, $job) = @_;
  die "once\\n" if !$failed++;
  print join("\\t", $job->arg->{recipient}, length $job->arg->{message}), "\\n";
  $job->completed;
}
package main;
my $client = JobQueue::client();
$client->can_do('Incoming');
$client->work_once or select undef, undef, undef, 0.2 while (JobQueue::dbh()->selectrow_array('SELECT COUNT(*) FROM job'))[0];
open my $status, '<', '/proc/self/status';
print STDERR grep { /VmHWM/ } <$status>;`;

testWith('mysqld', 'theschwartz')('a worker has the RAM for one message, however many wait', async () => {
  const database = await QueueDatabase.start();
  try {
    const size = 4 * 1024 * 1024;
    const count = 30;
    for (let number = 0; number < count; number++)
      expect(
        database.handOver(Buffer.alloc(size, 'x'), { queueId: `4Z${number}`, recipient: `${number}@example.org` }).code,
      ).toBe(0);
    const { stdout, stderr } = database.runPerl(WORKER);
    expect(stdout.trim().split('\n').sort()).toEqual(
      Array.from({ length: count }, (_, number) => `${number}@example.org\t${size}`).sort(),
    );
    expect(Number(/VmHWM:\s+(\d+) kB/.exec(stderr)![1]) / 1024).toBeLessThan(20 + count * 4);
  } finally {
    database.stop();
  }
});
