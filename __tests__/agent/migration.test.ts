import type { Json, Kube } from '../../agent/kube';
import { markWhenDone } from '../../agent/migration/marking';

const MARKED = { namespace: 'dfw', pod: 'dfw-web-migrate-x', configMap: 'dfw-web-migrated' };
const WRITES = [
  'PATCH',
  '/api/v1/namespaces/dfw/configmaps/dfw-web-migrated',
  { data: { done: 'yes' } },
  'application/merge-patch+json',
];

const ended = (exitCode: number) => ({ name: 'migrate', state: { terminated: { exitCode } } });

/** Runs the program beside a command whose pod has these states one after the other; an Error is an API server that is away. */
async function run(...states: (Json[] | Error | undefined)[]) {
  const written: unknown[][] = [];
  const trouble: unknown[] = [];
  const call = async (...args: unknown[]) => {
    if (args[0] === 'PATCH') return void written.push(args);
    const state = states.shift();
    if (state instanceof Error) throw state;
    return { status: state && { containerStatuses: state } };
  };
  const clock = { now: () => 0, after: (_: number, then: () => void) => (setImmediate(then), () => undefined) };
  await markWhenDone({ call } as unknown as Kube, clock, (_, about) => void trouble.push(about), MARKED);
  return { written, trouble, left: states.length };
}

test('slices are let go once the command has ended well, and not before', async () => {
  const running = { name: 'migrate', state: { running: {} } };
  const { written, left } = await run(undefined, [running], [ended(1)], [running], [ended(0)], [ended(0)]);
  expect(written).toEqual([WRITES]);
  expect(left).toBe(1);
});

test('the end of another container of the pod is not the command’s', async () => {
  const { written, left } = await run([{ ...ended(0), name: 'proxy' }], [ended(0)]);
  expect([written.length, left]).toEqual([1, 0]);
});

test('an API server that is away is told of, and asked again', async () => {
  const { written, trouble } = await run(new Error('no answer within 10000 ms'), [ended(0)]);
  expect(written).toEqual([WRITES]);
  expect(trouble).toEqual([{ error: 'no answer within 10000 ms' }]);
});
