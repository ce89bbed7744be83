import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App, Chart } from 'cdk8s';
import { StopOrder } from '../../agent/stop-order';
import { Heartbeat } from '../../constructs';
import * as k8s from '../../imports/k8s';
import { monotonicClock } from '../../agent/clock';

const folder = mkdtempSync(join(tmpdir(), 'orders-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The hook as the engine's container runs it, in a folder of this machine's. */
function hook(): string {
  const chart = new Chart(new App(), 'shop');
  const limits = { memory: k8s.Quantity.fromString('128Mi') };
  const statefulSet = new k8s.KubeStatefulSet(chart, 'shop', {
    metadata: { name: 'shop' },
    spec: {
      replicas: 2,
      serviceName: 'shop',
      selector: { matchLabels: { app: 'shop' } },
      template: {
        metadata: { labels: { app: 'shop' } },
        spec: { containers: [{ name: 'shop', image: 'shop:1', resources: { limits } }] },
      },
    },
  });
  new Heartbeat(chart, 'heartbeat', { statefulSet, checkPort: 80 });
  const set = chart.toJson().find(({ kind }) => kind === 'StatefulSet');
  const [shell, flag, script] = set.spec.template.spec.containers[0].lifecycle.preStop.exec.command;
  expect([shell, flag]).toEqual(['/bin/sh', '-c']);
  return (script as string).replaceAll('/heartbeat/orders', folder);
}

test('the engine’s hook waits until the agent has prepared for the stop', async () => {
  const obeyed: string[] = [];
  const obey = async () => {
    obeyed.push('begun');
    await new Promise((resolve) => setTimeout(resolve, 300));
    obeyed.push('done');
  };
  let stopped = false;
  const clock = {
    ...monotonicClock,
    after: (ms: number, then: () => void) => monotonicClock.after(ms, () => stopped || then()),
  };
  // Left from an earlier stop that did not come.
  writeFileSync(join(folder, 'left'), '');
  const order = new StopOrder(folder, clock, obey, () => undefined);
  void order.watch();
  await promisify(execFile)('/bin/sh', ['-c', hook()]);
  expect(obeyed).toEqual(['begun', 'done']);
  expect(existsSync(join(folder, 'leave'))).toBe(false);
  await promisify(execFile)('/bin/sh', ['-c', hook()]);
  expect(obeyed).toHaveLength(4);
  stopped = true;
});

test('the hook hears of a stop that could not be prepared, too', async () => {
  for (const file of ['leave', 'left']) rmSync(join(folder, file), { force: true });
  writeFileSync(join(folder, 'leave'), '');
  const clock = { ...monotonicClock, after: () => () => undefined };
  const obey = () => Promise.reject(new Error('the API server is away'));
  await new StopOrder(folder, clock, obey, () => undefined).watch();
  expect([existsSync(join(folder, 'leave')), existsSync(join(folder, 'left'))]).toEqual([false, true]);
});

test('the hook does not wait for ever for an agent that does not answer', async () => {
  const script = hook().replace(/tries=\d+/, 'tries=3');
  await expect(promisify(execFile)('/bin/sh', ['-c', script])).resolves.toMatchObject({ stderr: '' });
});
