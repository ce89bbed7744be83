import { Size } from 'cdk8s';
import { MailHandler, MailIntake } from '../constructs';
import { Postfix } from './postfix';
import { find, newSite, ofKind, synth } from './support';
import { testWith } from './tools';

function intake(): MailIntake {
  const handler = MailHandler.command({ command: ['keep'] });
  return new MailIntake(newSite(), 'mail', { ram: Size.mebibytes(256), handler, tls: false });
}

async function serving(handler: string, ask: (postfix: Postfix) => Promise<void>): Promise<void> {
  const config = ofKind(synth(intake()), 'ConfigMap').find(({ metadata }) => /-postfix-/.test(metadata.name));
  const postfix = await Postfix.start(config.data, handler);
  try {
    await ask(postfix);
  } finally {
    postfix.stop();
  }
}

async function send(postfix: Postfix, sender: string): Promise<string> {
  const smtp = await postfix.open();
  await smtp.say(`MAIL FROM:<${sender}>`);
  await smtp.say('RCPT TO:<post@example.org>');
  await smtp.say('DATA');
  const answer = await smtp.say('Subject: a\r\n\r\nb\r\n.');
  smtp.close();
  return / as (\w+)$/.exec(answer)![1]!;
}

test('a handler has a folder that it can write to', () => {
  const { template } = find(synth(intake()), 'StatefulSet', 'dfw-mail').spec;
  expect(template.spec.containers[0].volumeMounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' });
  expect(template.spec.volumes).toContainEqual({ name: 'tmp', emptyDir: {} });
});

const TALKS = `#!/bin/bash
for line in {1..60}; do printf "line $line of $SENDER %0500d\\n" 0; done
echo 'and the reason' >&2
[ "$SENDER" = later@client.example ] || exit 0
[ ! -e FOLDER/got/second ] || exit 0
touch FOLDER/got/second
exit 1
`;

testWith('postfix')('all that a handler says is in the log, and why a message waits', async () => {
  await serving(TALKS, async (postfix) => {
    const id = await send(postfix, 'later@client.example');
    const bounce = await send(postfix, '');
    await postfix.empty();
    const lines = postfix.said().split('\n');
    const of = (name: string, sender: string, line: number) => `${name}: line ${line} of ${sender} ${'0'.repeat(500)}`;
    for (let line = 1; line <= 60; line++) {
      expect(lines.filter((each) => each === of(id, 'later@client.example', line))).toHaveLength(2);
      expect(lines).toContain(of(bounce, '', line));
    }
    expect(postfix.log()).toMatch(new RegExp(`${id}: .*status=deferred .*and the reason`));
  });
});

testWith('postfix')('a handler that dies, or is not there, gets its message again', async () => {
  const once =
    '#!/bin/bash\n[ -e FOLDER/got/once ] && exec cat > FOLDER/got/it.mail; touch FOLDER/got/once; kill -9 $$\n';
  await serving(once, async (postfix) => {
    await send(postfix, 'a@client.example');
    await postfix.empty();
    expect(postfix.log()).toMatch(/status=deferred .*ended by signal 9/);
    expect(postfix.log()).toMatch(/status=sent/);
  });
});

testWith('postfix')('a message that a handler refuses for good is dropped, and the log says so', async () => {
  await serving('#!/bin/sh\necho "no such user"\nexit 67\n', async (postfix) => {
    const id = await send(postfix, 'a@client.example');
    await postfix.empty();
    expect(postfix.log()).toMatch(new RegExp(`${id}: to=<post@example.org>, .*status=bounced .*no such user`));
  });
});
