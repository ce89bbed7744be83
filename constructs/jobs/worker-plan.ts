import { Duration, Size } from 'cdk8s';
import type { JobScaling } from './job-scaling';
import type { JobWorkers, WorkerKind } from './job-workers';
import type { Clients } from '../core/connections';
import { checkCpu } from '../core/common-checks';
import { checkScheduling } from '../core/scheduling-checks';
import { checkSchedule } from '../core/cron';
import { problem, wholeMebibytes, wholeSeconds } from '../core/problems';
import { checkEnvironment } from '../core/program';
import { checkCommand } from '../core/values';
import { shareOut } from './shares';

/** A worker that runs all the time. */
export interface FixedWorker {
  readonly name: string;
  readonly kind: WorkerKind;
  readonly mebibytes: number;
}

/** A kind in pods of its own. */
export type KindBeside = WorkerKind & { readonly ram: Size };
export type ScaledKind = KindBeside & { readonly scale: JobScaling };
export type ScheduledKind = KindBeside & { readonly schedule: string };

export interface WorkerPlan {
  readonly fixed: FixedWorker[];
  readonly scaled: ScaledKind[];
  readonly scheduled: ScheduledKind[];
  readonly apart: KindBeside[];
  /** MiB of each slice that are kept for the kinds beside it. */
  readonly reserved: number;
}

/** A Perl program with TheSchwartz and its database driver takes 25 MiB before it does anything (docs/job-workers.md). */
const LEAST_MEBIBYTES = 32;
/** A slice of 64 GiB has room for as many, of 32 MiB each. */
const MOST_WORKERS = 2048;
/** A container's name is a DNS label, and a CronJob's name has 52 characters at most. */
const KIND = /^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/;

/** Shares the RAM of the slices out to the workers, and records faults of the workers. */
export function planWorkers(role: JobWorkers, given: WorkerKind[], slices: number): WorkerPlan {
  const kinds = given.map((kind) => whole(role, kind));
  kinds.forEach((kind, index) => checkKind(role, kind, kinds.slice(0, index)));
  const always = kinds.filter(runsAlways);
  const scaled = kinds.filter((kind): kind is ScaledKind => kind.scale !== undefined && kind.ram !== undefined);
  const scheduled = kinds.filter(
    (kind): kind is ScheduledKind => kind.schedule !== undefined && !kind.scale && kind.ram !== undefined,
  );
  const apart = kinds.filter((kind): kind is KindBeside => isApart(kind) && kind.ram !== undefined);
  if (kinds.length === 0)
    problem(role, 'workers', kinds, "name one or more, as in [{ name: 'email', command: ['…'] }]");
  const beside = [...scaled, ...scheduled, ...apart].reduce(
    (sum, kind) => sum + most(kind) * kind.ram.toMebibytes(),
    0,
  );
  const reserved = Math.ceil(beside / Math.max(1, slices));
  const workers = always.flatMap((kind) =>
    Array.from({ length: countOf(kind) }, (_, index) => ({ name: `${kind.name}-${index + 1}`, kind })),
  );
  const fits = checkTotal(role, kinds, workers, { reserved, slices });
  const room = slice(role) - (fits ? reserved : 0);
  const shares = shareOut(
    room,
    workers.map(({ kind }) => (fits ? kind.ram?.toMebibytes() : undefined)),
  );
  const fixed = workers.map((each, index) => ({ ...each, mebibytes: shares[index] ?? 0 }));
  return {
    fixed,
    scaled,
    scheduled,
    apart,
    reserved: fits && fixed.length > 0 ? reserved : slice(role) - sum(fixed.map((each) => each.mebibytes)),
  };
}

/** Whether workers of a kind are on the slices. */
export function runsAlways(kind: WorkerKind): boolean {
  return !isBeside(kind);
}

/** Whether a kind has pods of its own. */
function isBeside({ scale, schedule, apart }: WorkerKind): boolean {
  return scale !== undefined || schedule !== undefined || apart === true;
}

/** Whether it has them for no other reason. */
function isApart({ scale, schedule, apart }: WorkerKind): boolean {
  return apart === true && !scale && schedule === undefined;
}

/** Each worker is a program; a scheduled worker counts as long as it runs. */
export function clientsOf({ fixed, scaled, scheduled, apart }: WorkerPlan): Clients {
  return { each: fixed.length, beside: sum([...scaled, ...scheduled, ...apart].map(most)) };
}

function whole(role: JobWorkers, kind: WorkerKind): WorkerKind {
  const { name, ram, grace } = kind;
  return {
    ...kind,
    ...(ram && { ram: Size.mebibytes(wholeMebibytes(role, `workers.${name}.ram`, ram)) }),
    ...(grace && { grace: Duration.seconds(wholeSeconds(role, `workers.${name}.grace`, grace)) }),
  };
}

function checkKind(role: JobWorkers, kind: WorkerKind, before: WorkerKind[]): void {
  const at = `workers.${kind.name}`;
  const beside = isBeside(kind);
  const counted = !beside || isApart(kind);
  if (!KIND.test(kind.name)) {
    problem(role, 'workers.name', kind.name, 'write 30 or fewer lower-case letters, digits and hyphens');
  }
  if (before.some(({ name }) => name === kind.name)) {
    problem(role, 'workers.name', kind.name, 'there are two of that name; give each kind a name of its own');
  }
  checkCommand(role, `${at}.command`, kind.command);
  const { count } = kind;
  if (count !== undefined && !counted)
    problem(role, `${at}.count`, count, 'leave it out: its schedule or scale says how many there are');
  else if (count !== undefined && !isCount(count))
    problem(role, `${at}.count`, count, `write a whole number from 1 to ${MOST_WORKERS}`);
  if (kind.scale && kind.schedule !== undefined) {
    problem(role, `${at}.schedule`, kind.schedule, 'it has scale, too; leave one of them out');
  }
  if (kind.grace && kind.grace.toSeconds() < 1) problem(role, `${at}.grace`, kind.grace, 'write a second or more');
  if (kind.schedule !== undefined) checkSchedule(role, `${at}.schedule`, kind.schedule);
  if (beside && !kind.ram)
    problem(role, `${at}.ram`, kind.ram, 'it runs beside the slices; write what it takes of their RAM');
  // The pods of a kind have the sidecars of the site's user, too.
  const least = LEAST_MEBIBYTES + (beside ? role._settings.sidecarMebibytes : 0);
  if (kind.ram && kind.ram.toMebibytes() < least)
    problem(role, `${at}.ram`, kind.ram, `no worker runs in less; write Size.mebibytes(${least}) or more`);
  for (const property of ['cpuRequest', 'scheduling'] as const)
    if (kind[property] && !beside)
      problem(role, `${at}.${property}`, kind[property], 'it has no pod of its own; write apart: true, too');
  checkCpu(role, `${at}.cpuRequest`, kind.cpuRequest);
  checkScheduling(role, kind.scheduling ?? {}, `${at}.scheduling`);
  checkEnvironment(role, `${at}.environment`, kind.environment ?? {});
  if (kind.scale) checkBounds(role, `${at}.scale`, kind.scale);
}

function checkBounds(role: JobWorkers, at: string, scale: JobScaling): void {
  const { min, max } = scale._scaler;
  if (!Number.isInteger(min) || min < 0) problem(role, `${at}.min`, min, 'write a whole number from 0');
  const least = Math.max(1, min);
  if (!Number.isInteger(max) || max < least || max > MOST_WORKERS)
    problem(role, `${at}.max`, max, `write a whole number that is not below min, from ${least} to ${MOST_WORKERS}`);
}

/** Checks that the slices have the RAM that all workers take. */
function checkTotal(
  role: JobWorkers,
  kinds: WorkerKind[],
  workers: { kind: WorkerKind }[],
  { reserved, slices }: { reserved: number; slices: number },
): boolean {
  const named = sum(workers.map(({ kind }) => kind.ram?.toMebibytes() ?? LEAST_MEBIBYTES));
  if (named + reserved <= slice(role)) return true;
  const terms = kinds.map((kind) => {
    const times = isBeside(kind) ? most(kind) : countOf(kind) * slices;
    return `${kind.name} ${times} × ${kind.ram?.toMebibytes() ?? LEAST_MEBIBYTES}`;
  });
  const total = Size.mebibytes((named + reserved) * slices);
  const have = slices === 1 ? `the slice has ${slice(role)}` : `the ${slices} slices have ${slice(role) * slices}`;
  problem(role, 'workers', total, `${terms.join(' + ')}, and ${have}; write less RAM, fewer workers or more slices`);
  return false;
}

function slice(role: JobWorkers): number {
  return role._mebibytes;
}

/** An invalid count is reported, and the plan goes on with one. */
function countOf({ count = 1 }: WorkerKind): number {
  return isCount(count) ? count : 1;
}

function isCount(count: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= MOST_WORKERS;
}

function most(kind: WorkerKind): number {
  if (kind.scale) return kind.scale._scaler.max;
  return isApart(kind) ? countOf(kind) : 1;
}

function sum(numbers: number[]): number {
  return numbers.reduce((before, each) => before + each, 0);
}
