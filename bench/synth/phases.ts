/** Synthesizes one app, a file that is named, in a process of its own, and prints what each phase took: see ../synth.ts. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type * as cdk8s from 'cdk8s';

export interface Phase {
  readonly name: string;
  /** Milliseconds that went by, and of processor time of all threads. */
  readonly wall: number;
  readonly cpu: number;
}

const load = createRequire(__filename);
const phases: Phase[] = [];
let wall = 0;
let cpu = 0;

function mark(name: string): void {
  const { user, system } = process.cpuUsage();
  const now = [performance.now(), (user + system) / 1000] as const;
  phases.push({ name, wall: now[0] - wall, cpu: now[1] - cpu });
  [wall, cpu] = now;
}

mark('node and tsx');
load('constructs');
const { App } = load('cdk8s') as typeof cdk8s;
if (process.argv[3] !== 'slices') load('cdk8s-plus-34');
mark('cdk8s and cdk8s-plus');
if (process.argv[3] === 'slices') load('../../constructs');
mark('cdk8s-slices');
const synth = Reflect.get(App.prototype, 'synth') as (this: cdk8s.App) => void;
App.prototype.synth = function (): void {
  mark('making the objects');
  synth.call(this);
  mark('writing the manifests');
};
load(resolve(process.argv[2]!));
process.stdout.write(JSON.stringify(phases));
