import type { V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { troubleOf } from '../cli/pod-state';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const at = (secondsAgo: number) => new Date(NOW - secondsAgo * 1000);

interface Container {
  readonly name?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: object;
  readonly lastState?: object;
}

/** A pod, ready or not, whose containers are in these states. */
function pod(
  ready: boolean,
  containers: Container[],
  more: { init?: Container[]; status?: object; spec?: object } = {},
) {
  const defaults = { name: 'work', ready, restartCount: 0, state: { running: { startedAt: at(3600) } } };
  return {
    metadata: {},
    spec: more.spec ?? {},
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: containers.map((each) => ({ ...defaults, ...each })),
      initContainerStatuses: (more.init ?? []).map((each) => ({ ...defaults, ...each })),
      ...more.status,
    },
  } as unknown as V1Pod;
}

const ended = (exitCode: number, reason: string, start: number, end: number) => ({
  terminated: { exitCode, reason, startedAt: at(start), finishedAt: at(end) },
});

test('a pod whose containers run as they should has no trouble', () => {
  expect(troubleOf(pod(true, [{}]), NOW)).toBeUndefined();
});

test('a container that has ended is told with its exit code, and the node is not blamed', () => {
  const reason = (code: number, why: string) =>
    troubleOf(pod(false, [{ ready: false, state: ended(code, why, 60, 5) }]), NOW)?.reason;
  expect(reason(0, 'Completed')).toBe('work ended with exit code 0');
  expect(reason(1, 'Error')).toBe('work ended with exit code 1');
  expect(reason(137, 'OOMKilled')).toBe('work ended with exit code 137 (OOMKilled)');
});

test('a node that does not answer is told where every container is ready and the pod is not', () => {
  expect(troubleOf(pod(false, [{ ready: true }]), NOW)?.reason).toBe('its node does not answer');
});

test('an init container that has done its work is no trouble, and a sidecar that has ended is', () => {
  const done = { name: 'copy', ready: false, state: ended(0, 'Completed', 60, 50) };
  const unready = { name: 'work', ready: false };
  const spec = { initContainers: [{ name: 'copy' }] };
  expect(troubleOf(pod(false, [unready], { init: [done], spec }), NOW)?.reason).toBe('work not ready');
  const sidecar = { initContainers: [{ name: 'copy', restartPolicy: 'Always' }] };
  expect(troubleOf(pod(false, [unready], { init: [done], spec: sidecar }), NOW)?.reason).toBe(
    'copy ended with exit code 0',
  );
});

test('a container in a crash loop says how it ended, and how often', () => {
  const state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' } };
  const crashed = { ready: false, state, lastState: ended(1, 'Error', 60, 58), restartCount: 6 };
  expect(troubleOf(pod(false, [crashed]), NOW)).toEqual({
    reason: 'work ended with exit code 1, 6 times started again; the next try waits',
    container: 'work',
  });
});

test('a container that runs again and is not ready yet says how it ended before', () => {
  const again = { ready: false, lastState: ended(139, 'Error', 60, 58), restartCount: 1 };
  expect(troubleOf(pod(false, [again]), NOW)?.reason).toBe('work not ready; before, work ended with exit code 139');
});

describe('a worker that is ready between two crashes', () => {
  const worker = (ran: number, runs: number) =>
    troubleOf(
      pod(true, [
        {
          restartCount: 3,
          state: { running: { startedAt: at(runs) } },
          lastState: ended(1, 'Error', runs + 1 + ran, runs + 1),
        },
      ]),
      NOW,
    );

  test('is in trouble until it has run twice as long as before', () => {
    expect(worker(30, 59)).toEqual({
      reason: 'work ended with exit code 1 and was started again at 00:09:01 UTC, 3 times so far',
      container: 'work',
      restarted: true,
    });
    expect(worker(30, 60)).toBeUndefined();
  });

  test('is in trouble for ten seconds at least, and for ten minutes at most', () => {
    expect(worker(1, 9)).toBeDefined();
    expect(worker(1, 10)).toBeUndefined();
    expect(worker(86_400, 599)).toBeDefined();
    expect(worker(86_400, 600)).toBeUndefined();
  });
});

test('a pod that was evicted says why', () => {
  const status = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' };
  expect(troubleOf(pod(false, [], { status }), NOW)?.reason).toBe('Evicted: The node was low on resource: memory.');
});

test('of a pod that stops, it says when its grace is over, and no more once it is', () => {
  const stopping = pod(true, [{}]);
  stopping.metadata = { deletionTimestamp: at(-90) };
  expect(troubleOf(stopping, NOW)?.reason).toBe('it is being stopped, by 00:11:30 UTC at the latest');
  expect(troubleOf(stopping, NOW + 100_000)?.reason).toBe('it is being stopped');
});
