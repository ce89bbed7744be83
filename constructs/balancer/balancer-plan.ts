import { k8s } from '../core/imports';

/** What a balancer is to do, whichever program does it. */
export interface BalancerPlan {
  /** RAM of the engine's containers together, in MiB. */
  readonly mebibytes: number;
  /** How much of it the agent takes out of the engine's share. */
  readonly reserved: number;
  /** Where the web slices that can serve are found. */
  readonly web: WebAddresses;
  readonly staticPaths: string[];
  readonly tls: boolean;
  /** In KiB. */
  readonly largestBody: number;
  /** The host and port of the URLs that files may be fetched from, a pattern; none where nothing is to be fetched. */
  readonly fetchFrom: string | undefined;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly healthPort: number;
}

/** Where the web slices that can serve are found. */
export interface WebAddresses {
  /** The name that has the address of each. */
  readonly each: string;
  /** The name of one address, which leads to any of them. */
  readonly any: string;
  readonly port: number;
  /** How many there may be. */
  readonly most: number;
}

/** What an engine makes of it. */
export interface BalancerParts {
  /** Configuration files; the folder they are mounted at is `CONFIGURATION_FOLDER`. */
  readonly files: Record<string, string>;
  readonly containers: k8s.Container[];
  readonly sidecars?: k8s.Container[];
  readonly volumes: k8s.Volume[];
}

/** Where an engine finds its configuration, the static files and the certificate. */
export const FOLDERS = {
  configuration: '/etc/slices/balancer',
  statics: '/srv/static',
  certificate: '/etc/slices/tls',
};
