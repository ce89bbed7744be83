import * as fc from 'fast-check';
import { MarkingWorld } from './marking-world';

/** Three nodes, two pairs with agents, and slices without: the wiki of examples/. */
const WIKI = ['lb-1@a*', 'lb-2@b*', 'db-1@b*', 'db-2@c*', 'web-1@a', 'web-2@c', 'memc-1@a', 'memc-2@b', 'jobs-1@c'];

describe('a node that hangs, while its kernel answers', () => {
  test.each(['a', 'b', 'c'])('has its pods marked within 2.5 s, and once: %s', async (node) => {
    const world = new MarkingWorld(WIKI);
    await world.run(10_000);
    world.hung.add(node);
    await world.run(11_500);
    expect(world.marked).toEqual([]);
    await world.run(12_500);
    const dead = world.pods.filter((pod) => pod.node === node && pod.role !== 'jobs').map(({ pod }) => pod);
    expect(world.marked).toEqual(dead.sort());
    await world.run(200_000);
    expect(world.marks).toHaveLength(dead.length);
  });

  test('is marked again after it has answered', async () => {
    const world = new MarkingWorld(WIKI);
    await world.run(10_000);
    for (const times of [1, 2]) {
      world.hung.add('a');
      await world.run(world.now + 10_000);
      world.hung.delete('a');
      await world.run(world.now + 80_000);
      expect(world.marks).toHaveLength(3 * times);
    }
  });

  test('is left to Kubernetes where it has no agent', async () => {
    const world = new MarkingWorld([...WIKI, 'web-3@d', 'memc-3@d']);
    await world.run(10_000);
    world.hung.add('d');
    await world.run(60_000);
    expect(world.marked).toEqual([]);
  });

  test('has its pods marked at once where it then loses its power', async () => {
    const world = new MarkingWorld([...WIKI, 'web-3@d', 'memc-3@d']);
    await world.run(10_000);
    world.hung.add('d');
    await world.run(20_000);
    world.off.add('d');
    await world.run(21_500);
    expect(world.marked).toEqual(['memc-3', 'web-3']);
  });
});

describe('a node that loses its power', () => {
  test.each(['a', 'b', 'c'])(
    'has its pods marked within 1.5 s, but for those that are the last of their role: %s',
    async (node) => {
      const world = new MarkingWorld(WIKI);
      await world.run(10_000);
      expect(world.marked).toEqual([]);
      world.off.add(node);
      await world.run(11_500);
      const dead = world.pods.filter((pod) => pod.node === node && pod.role !== 'jobs').map(({ pod }) => pod);
      expect(world.marked).toEqual(dead.sort());
      await world.run(100_000);
      expect(world.marked).toEqual(dead.sort());
    },
  );

  test('has its pods marked where all agents of the others are on one node', async () => {
    const world = new MarkingWorld(['lb-1@a*', 'lb-2@b*', 'web-1@b', 'web-2@c']);
    await world.run(10_000);
    world.off.add('b');
    await world.run(11_500);
    expect(world.marked).toEqual(['lb-2', 'web-1']);
  });

  test('has its pods marked where there are two nodes alone', async () => {
    const world = new MarkingWorld(['lb-1@a*', 'lb-2@b*', 'web-1@a', 'web-2@b']);
    await world.run(10_000);
    world.off.add('a');
    await world.run(11_500);
    expect(world.marked).toEqual(['lb-1', 'web-1']);
  });

  test('has its pods marked where the first calls that would do it are lost', async () => {
    const world = new MarkingWorld(WIKI);
    await world.run(10_000);
    world.off.add('a');
    world.failures = 3;
    await world.run(13_000);
    expect(world.marked).toEqual(['lb-1', 'memc-1', 'web-1']);
  });

  test('is the only one that is marked within a minute', async () => {
    const world = new MarkingWorld([...WIKI, 'web-3@d', 'memc-3@d']);
    await world.run(10_000);
    world.off.add('a');
    await world.run(15_000);
    world.off.add('d');
    await world.run(60_000);
    expect(world.marked).toEqual(['lb-1', 'memc-1', 'web-1']);
  });

  test('is marked later than a minute after another', async () => {
    const world = new MarkingWorld([...WIKI, 'web-3@d', 'memc-3@d']);
    await world.run(10_000);
    world.off.add('a');
    await world.run(80_000);
    world.off.add('d');
    await world.run(81_500);
    expect(world.marked).toEqual(['lb-1', 'memc-1', 'memc-3', 'web-1', 'web-3']);
  });
});

test('a node that is cut off is marked by the others, and its agents mark nobody', async () => {
  const world = new MarkingWorld(WIKI);
  await world.run(10_000);
  world.cut.add('a');
  await world.run(30_000);
  expect(world.marked).toEqual(['lb-1', 'memc-1', 'web-1']);
});

describe('nothing is marked', () => {
  test('where two nodes alone do not reach each other, as a third hears both', async () => {
    const world = new MarkingWorld(WIKI);
    await world.run(10_000);
    world.apart.add('a b');
    await world.run(60_000);
    expect(world.marked).toEqual([]);
  });

  test('where two nodes lose their power at once, as that may be the one who looks', async () => {
    const world = new MarkingWorld([...WIKI, 'web-3@d']);
    await world.run(10_000);
    world.off.add('a').add('d');
    await world.run(30_000);
    expect(world.marked).toEqual([]);
  });

  test('where a node is silent for half a second', async () => {
    const world = new MarkingWorld(WIKI);
    await world.run(10_000);
    world.cut.add('a');
    await world.run(10_500);
    world.cut.delete('a');
    await world.run(20_000);
    expect(world.marked).toEqual([]);
  });

  test('where the pods of its that were tried end, whenever that is', async () => {
    for (let at = 0; at < 3_000; at += 350) {
      const world = new MarkingWorld([...WIKI, 'web-3@d', 'memc-3@d']);
      await world.run(10_000 + at);
      world.end('web-3');
      world.end('memc-3');
      await world.run(20_000 + at);
      expect([at, world.lease?.spec['leaseTransitions'] ?? 0]).toEqual([at, 0]);
    }
  });

  test('where all programs of a node stand still for a second', async () => {
    const world = new MarkingWorld(WIKI);
    await world.run(10_000);
    world.hung.add('a');
    await world.run(11_000);
    world.hung.delete('a');
    await world.run(20_000);
    expect(world.marked).toEqual([]);
  });

  test('where an overloaded node has its agents wait again and again', async () => {
    const world = new MarkingWorld(WIKI);
    await world.run(10_000);
    for (let begin = 10_000; begin < 70_000; begin += 1_200) {
      world.stopped.add('lb-2').add('db-1');
      await world.run(begin + 900);
      world.stopped.clear();
      await world.run(begin + 1_200);
    }
    expect(world.marked).toEqual([]);
  });

  test('where an agent stands still beside another one of its node', async () => {
    const world = new MarkingWorld(WIKI);
    await world.run(10_000);
    world.stopped.add('lb-2');
    await world.run(30_000);
    expect(world.marked).toEqual([]);
  });

  test('where the only agent of a node stands still for a second, and looks itself when it goes on', async () => {
    const world = new MarkingWorld(['lb-1@a*', 'lb-2@b*', 'web-1@a', 'web-2@b']);
    await world.run(10_000);
    world.stopped.add('lb-1');
    await world.run(11_000);
    world.stopped.delete('lb-1');
    await world.run(30_000);
    expect(world.marked).toEqual([]);
  });
});

test.each([
  ['long ago', 300_000, 3],
  ['a moment ago', 5_000, 0],
])('agents that start after a node was marked %s know when that was', async (_, age, marks) => {
  const world = new MarkingWorld(WIKI);
  const acquireTime = new Date(Date.now() - age).toISOString().replace('Z', '000Z');
  world.lease = { annotations: {}, spec: { leaseTransitions: 7, holderIdentity: 'z', acquireTime } };
  await world.run(10_000);
  world.off.add('a');
  await world.run(12_000);
  expect(world.marks).toHaveLength(marks);
});

test('the only agent of a node stands for all its programs: where it hangs for longer, they are marked, and the kubelet puts that right', async () => {
  const world = new MarkingWorld(['lb-1@a*', 'lb-2@b*', 'web-1@a', 'web-2@b']);
  await world.run(10_000);
  world.stopped.add('lb-1');
  await world.run(100_000);
  expect([world.marked, world.marks.length]).toEqual([['lb-1', 'web-1'], 2]);
  expect(world.pods.every(({ ready }) => ready)).toBe(true);
});

test('a mark that a kubelet put right is not made again while the node stays silent to the agents', async () => {
  const world = new MarkingWorld(['lb-1@a*', 'lb-2@b*', 'web-1@a', 'web-2@b']);
  await world.run(10_000);
  world.apart.add('a b');
  await world.run(300_000);
  expect(world.marks).toHaveLength(2);
});

test('a node that loses 30 % of its packets is marked at no time of ten minutes, wherever it is', async () => {
  const layouts = [WIKI, ['lb-1@a*', 'lb-2@b*', 'web-1@a', 'web-2@b'], ['lb-1@a*', 'lb-2@b*', 'web-1@c']];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...layouts),
      fc.constantFrom('a', 'b', 'c'),
      fc.nat(),
      async (layout, node, seed) => {
        const world = new MarkingWorld(layout, seed);
        world.loss.set(node, 0.3);
        await world.run(100_000);
        expect(world.marked).toEqual([]);
      },
    ),
    { numRuns: 6 },
  );
});

test('whatever fails for whatever time, at most one node is marked in a minute, and every role keeps a pod', async () => {
  const fault = fc.record({
    kind: fc.constantFrom('off', 'cut', 'loss', 'apart', 'stopped'),
    node: fc.constantFrom('a', 'b', 'c'),
    at: fc.integer({ min: 5_000, max: 20_000 }),
    forMs: fc.integer({ min: 1, max: 20_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 4 }), fc.nat(), async (faults, seed) => {
      const world = new MarkingWorld(WIKI, seed);
      for (const { kind, node, at, forMs } of faults) {
        const other = node === 'a' ? 'c' : 'a';
        const agent = world.pods.find((pod) => pod.node === node && pod.agent)!.pod;
        const [begin, end] = {
          off: [() => world.off.add(node), () => undefined],
          cut: [() => world.cut.add(node), () => world.cut.delete(node)],
          loss: [() => world.loss.set(node, 0.5), () => world.loss.delete(node)],
          apart: [() => world.apart.add([node, other].sort().join(' ')), () => world.apart.clear()],
          stopped: [() => world.stopped.add(agent), () => world.stopped.delete(agent)],
        }[kind];
        world.at(at, begin!);
        world.at(at + forMs, end!);
      }
      await world.run(45_000);
      const nodes = new Set(world.marks.map(({ pod }) => world.pods.find((each) => each.pod === pod)!.node));
      expect(nodes.size).toBeLessThanOrEqual(1);
      for (const role of ['lb', 'db', 'web', 'memc', 'jobs'])
        expect([role, world.pods.some((pod) => pod.role === role && !world.marked.includes(pod.pod))]).toEqual([
          role,
          true,
        ]);
    }),
    { numRuns: 15 },
  );
});
