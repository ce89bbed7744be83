import { KubeError } from '../../agent/kube';
import { Eviction } from '../../agent/marking/eviction';
import type { EvictedPod } from '../../agent/marking/marked-pods';

const CACHE: EvictedPod = { pod: 'memc-1', uid: 'one', address: '10.0.0.1', node: 'a', agent: false };
const PEER: EvictedPod = { ...CACHE, pod: 'lb-2', agent: true };

/** An agent of lb-1, what answers it, and what it did. */
class Agent {
  public answers: (address: string) => boolean = () => false;
  public active = true;
  public fault: Error | undefined;
  public readonly removed: string[] = [];
  public readonly told: string[][] = [];
  public readonly logged: string[] = [];
  private readonly eviction = new Eviction(
    ['lb-1', 'lb-2'],
    () => this.active,
    async (address) => (this.answers(address) ? 'program' : 'nothing'),
    {
      remove: async ({ pod }) => {
        if (this.fault) throw this.fault;
        this.removed.push(pod);
      },
    },
    async (...event) => void this.told.push(event),
    (event) => this.logged.push(event),
  );

  public async looks(times: number, ...pods: EvictedPod[]): Promise<void> {
    for (let count = 0; count < times; count++) await this.eviction.look(pods);
  }
}

test('a pod for which nothing answered at four looks in a row is removed, with an event that says why', async () => {
  const agent = new Agent();
  await agent.looks(3, CACHE);
  expect(agent.removed).toEqual([]);
  await agent.looks(1, CACHE);
  expect(agent.removed).toEqual(['memc-1']);
  const message = 'a is lost, and nothing answers for memc-1: removed it, so that another takes its place';
  expect(agent.told).toEqual([['Warning', 'EvictionEnded', message]]);
});

test('a pod whose node answers one try of three is left alone: it is cut off from the API server, and lives', async () => {
  const agent = new Agent();
  let tries = 0;
  agent.answers = () => tries++ % 3 === 1;
  await agent.looks(20, CACHE);
  expect(agent.removed).toEqual([]);
});

test('one answer begins the count anew', async () => {
  const agent = new Agent();
  await agent.looks(3, CACHE);
  agent.answers = () => true;
  await agent.looks(1, CACHE);
  agent.answers = () => false;
  await agent.looks(3, CACHE);
  expect(agent.removed).toEqual([]);
  await agent.looks(1, CACHE);
  expect(agent.removed).toEqual(['memc-1']);
});

test('another pod of the same name is counted by itself', async () => {
  const agent = new Agent();
  await agent.looks(3, CACHE);
  await agent.looks(3, { ...CACHE, uid: 'two' });
  expect(agent.removed).toEqual([]);
});

test('a pod that is evicted no more is forgotten', async () => {
  const agent = new Agent();
  await agent.looks(3, CACHE);
  await agent.looks(1);
  await agent.looks(3, CACHE);
  expect(agent.removed).toEqual([]);
});

test('only the active one removes the other of its pair, as then the other is not active', async () => {
  const agent = new Agent();
  agent.active = false;
  await agent.looks(8, PEER);
  expect(agent.removed).toEqual([]);
  agent.active = true;
  await agent.looks(4, PEER);
  expect(agent.removed).toEqual(['lb-2']);
});

test('one that ceases to be active while it waits for answers removes nobody', async () => {
  const agent = new Agent();
  await agent.looks(3, PEER);
  agent.answers = () => (agent.active = false);
  await agent.looks(1, PEER);
  expect(agent.removed).toEqual([]);
});

test("a pod of another pair is its own agents' matter", async () => {
  const agent = new Agent();
  await agent.looks(8, { ...PEER, pod: 'front-2' });
  expect(agent.removed).toEqual([]);
});

test.each([404, 409])('another agent that was first is no trouble (%d)', async (code) => {
  const agent = new Agent();
  agent.fault = new KubeError(code, 'gone', undefined);
  await agent.looks(4, CACHE);
  expect(agent.told).toEqual([]);
  expect(agent.logged).toEqual([]);
});

test('a refusal of the API server is logged, and tried again at the next look', async () => {
  const agent = new Agent();
  agent.fault = new KubeError(403, 'forbidden', undefined);
  await agent.looks(4, CACHE);
  expect(agent.logged).toEqual(['trouble']);
  agent.fault = undefined;
  await agent.looks(1, CACHE);
  expect(agent.removed).toEqual(['memc-1']);
});
