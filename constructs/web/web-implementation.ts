import type { ContainerSpec } from '../core/container';
import { k8s } from '../core/imports';
import type { Program } from '../core/program';
import type { Role } from '../core/role';

/** A program that serves HTTP on web slices. */
export interface WebImplementation {
  /** The container's name. */
  readonly name: string;
  readonly port: number;
  /** The folder that it serves files from, where it serves any. */
  readonly documentRoot: string | undefined;
  /** Seconds that requests in flight have to end, once no new ones arrive. */
  readonly stopSeconds: number;
  /** The folders that it writes to in any case. */
  readonly folders: string[];
  /** Mounted folders of the library's own. */
  readonly taken: string[];
  /** The user that it runs as. */
  readonly user: number;
  /** Reports faults of its properties, and those of the slice's RAM. */
  check(web: Role): void;
  /** Variables of its own. */
  env(web: Role): Record<string, string>;
  /** Connections that a slice may hold to each role that it uses. */
  connections(web: Role): number;
  /** Declares its figures, alerts and panels, where it has any. */
  watch(web: Role): void;
  parts(web: Role, code: SiteCode): WebParts;
}

/** The site's image, and the environment, files and folders of its code. */
export interface SiteCode extends Program {
  readonly image: string;
}

/** The parts of a pod that follow from the program. */
export interface WebParts {
  /** In place of the image's entrypoint. */
  readonly command?: string[];
  /** In place of the image's command. */
  readonly args?: string[];
  readonly mounts: k8s.VolumeMount[];
  readonly volumes: k8s.Volume[];
  readonly preStop: k8s.LifecycleHandler;
  /** The container that takes the requests, and hands them to the program. @default - the program itself does */
  readonly front?: ContainerSpec;
  /** MiB of the program beside its front. @default - the slice's RAM */
  readonly ram?: number;
  /** Containers that end before the program starts. */
  readonly init?: k8s.Container[];
}

/**
 * Seconds between a slice's leaving DNS and its refusing requests. The cluster's DNS may keep its answer for 5, a balancer looks every 2,
 * and Perlbal at its node file every 3. At 10, requests were lost in one release of four.
 */
export const LEAVING_SECONDS = 15;

/**
 * Lets the balancers forget the slice, then sends a signal after which the program finishes its requests. TERM, which follows this hook,
 * might cut requests off. So the hook lasts as long as the program does.
 */
export function stopBy(signal: string): k8s.LifecycleHandler {
  const script = `sleep ${LEAVING_SECONDS}; kill -${signal} 1; while kill -0 1; do sleep 0.2; done 2>/dev/null`;
  return { exec: { command: ['/bin/sh', '-c', script] } };
}
