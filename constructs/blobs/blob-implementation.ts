import { k8s } from '../core/imports';
import type { BlobStore } from './blob-store';
import { OpenPort } from '../core/network';
import { Binding } from '../core/binding';
import { Workload } from '../core/workload';

/** A program that keeps the files of a blob store. */
export interface BlobImplementation {
  /** Says what it runs on the slices of a store, with this RAM, in MiB, and volumes, and records faults of its properties. */
  plan(store: BlobStore, ram: number, volumeBytes: number): BlobPlan;
}

export interface BlobPlan {
  readonly workload: Workload;
  readonly offer: Binding;
  /** Ports that the slices open to each other. */
  readonly peerPorts: OpenPort[];
  /** Ports from which a balancer fetches the files that it is pointed to. */
  readonly fetchPorts: OpenPort[];
  /**
   * Its host and port there, as they stand in URLs: a pattern, for nginx and Perl alike. Addresses in its URLs are known to the cluster
   * alone. The policy opens this port of the store, and of nothing else.
   */
  readonly fetchFrom: string;
  /** Makes the Job that registers the slices, once they are there. */
  readonly setUp: () => k8s.KubeJob;
  /** Makes the CronJob that has all files checked, where the program does not do so by itself. */
  readonly check?: () => k8s.KubeCronJob;
}
