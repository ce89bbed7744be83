import { Size } from 'cdk8s';
import { DEFAULT_CPU } from './container';
import { Cpu } from './cpu';
import { k8s } from './imports';
import { problem } from './problems';
import type { Role } from './role';
import { mebibytesOf } from './settings';

/**
 * Disk for the log of a container, in MiB: the kubelet keeps five files of 10 MiB each (`containerLogMaxFiles`,
 * `containerLogMaxSize`).
 */
const LOG_MEBIBYTES = 64;

/** An agent that waits for CPU loses its Lease: its limit is so many times its request. */
const AGENT_LIMIT = 10;

type Amounts = Record<string, k8s.Quantity>;

/**
 * The resources of a container, by its RAM and by the common properties of its role.
 *
 * @param others How many others share the pod's disk, where this one has the rest of it; undefined where it has room for its log.
 * @param own CPU that it asks for in any case, in thousandths of a core.
 */
export function resourcesIn(
  role: Role,
  container: k8s.Container,
  others?: number,
  own?: number,
): k8s.ResourceRequirements {
  const { cpuRequest, cpuLimit, ephemeralStorageRequest, ephemeralStorageLimit } = role._settings.resources;
  const { requests, limits } = container.resources ?? {};
  const asked = own ?? askedOf(role, container, cpuRequest);
  return {
    requests: { ...requests, cpu: millis(asked), ...diskOf(ephemeralStorageRequest, others) },
    limits: { ...limits, ...limitOf(role, container, cpuLimit, asked), ...diskOf(ephemeralStorageLimit, others) },
  };
}

/** A container that asks for more CPU than its RAM gives it, as an agent does, asks for that in any case. */
function askedOf(role: Role, container: k8s.Container, cpu: Cpu = DEFAULT_CPU): number {
  return Math.max(cpu._millisOf(memoryOf(container), role._ram), ownMillis(container));
}

function limitOf(role: Role, container: k8s.Container, cpu: Cpu | undefined, asked: number): Amounts {
  if (!cpu) return {};
  const agent = AGENT_LIMIT * ownMillis(container);
  return { cpu: millis(Math.max(cpu._millisOf(memoryOf(container), role._ram), agent, asked)) };
}

/** CPU that the library asks for beyond the share of its RAM; 0 where it does not. */
function ownMillis(container: k8s.Container): number {
  const asked = Number.parseInt(String(container.resources?.requests?.['cpu']?.value), 10);
  return asked > DEFAULT_CPU._millisOf(memoryOf(container), 1) ? asked : 0;
}

function diskOf(size: Size | undefined, others: number | undefined): Amounts {
  if (!size) return {};
  const rest = Math.max(LOG_MEBIBYTES, mebibytesOf(size) - (others ?? 0) * LOG_MEBIBYTES);
  return { 'ephemeral-storage': k8s.Quantity.fromString(`${others === undefined ? LOG_MEBIBYTES : rest}Mi`) };
}

/** RAM of a container that the library made, in MiB. */
export function memoryOf(container: k8s.Container): number {
  return Number.parseInt(String(container.resources?.limits?.['memory']?.value), 10);
}

function millis(amount: number): k8s.Quantity {
  return k8s.Quantity.fromString(`${amount}m`);
}

/** Whether a slice may take as much CPU as it asks for. */
export function checkCpuLimit(role: Role): void {
  const { cpuRequest = DEFAULT_CPU, cpuLimit } = role._settings.resources;
  if (!cpuLimit?._isWhole()) return;
  const asked = cpuRequest._millisOf(role._ram, role._ram);
  if (cpuLimit._millisOf(role._ram, role._ram) >= asked) return;
  problem(role, 'resources.cpuLimit', cpuLimit, `a slice asks for ${asked} m; write Cpu.millis(${asked}) or more`);
}

/** Whether the disk is enough for the logs of so many containers in a pod. */
export function checkDisk(role: Role, containers: number): void {
  const least = containers * LOG_MEBIBYTES;
  for (const property of ['ephemeralStorageRequest', 'ephemeralStorageLimit'] as const) {
    const size = role._settings.resources[property];
    if (!size || mebibytesOf(size) >= least) continue;
    const why = `a pod has ${containers} containers, each with ${LOG_MEBIBYTES} MiB for its log`;
    problem(role, `resources.${property}`, size, `${why}; write Size.mebibytes(${least}) or more`);
  }
}
