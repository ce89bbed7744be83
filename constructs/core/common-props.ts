import { Size } from 'cdk8s';
import { Cpu } from './cpu';
import { k8s } from './imports';

/**
 * Properties of every role, for its slices, Jobs and CronJobs alike. Those of a `Site` are the defaults of its roles.
 *
 * A role's labels, annotations, node labels and registries add to the site's, key by key. Any other value replaces the site's.
 */
export interface CommonProps {
  /**
   * Labels and annotations of objects and pods.
   *
   * @default - the recommended labels, `app.kubernetes.io/…`, and no annotations
   */
  readonly metadata?: MetadataProps;

  /**
   * The nodes that pods run on, and which pods go first.
   *
   * @default - any node without a taint
   */
  readonly scheduling?: SchedulingProps;

  /**
   * CPU and node disk that pods ask for, and the most they get.
   *
   * @default - a quarter of a core for each GiB of RAM is asked for; nothing else is asked for or limited
   */
  readonly resources?: ResourceProps;

  /**
   * Sources of images.
   *
   * @default - the registry in an image's name, without a password
   */
  readonly images?: ImageProps;

  /**
   * More in each pod: volumes, containers, host names.
   *
   * @default - nothing
   */
  readonly pods?: PodProps;

  /**
   * The storage class of volumes.
   *
   * Choose a class of local, fast volumes if the cluster has one: each pair keeps two copies by itself.
   *
   * @default - the cluster's default class
   */
  readonly storageClassName?: string;
}

/** Labels and annotations. */
export interface MetadataProps {
  /**
   * Labels of every object and pod, but not of volumes, whose labels Kubernetes does not change.
   *
   * Write the labels by which your cluster counts costs or finds the people to call. A Job whose labels change is a new Job, and runs
   * again. The library's own labels, `app.kubernetes.io/name`, `…/part-of` and `…/managed-by`, cannot be written.
   *
   * @default - the recommended ones alone
   */
  readonly labels?: Record<string, string>;

  /**
   * Annotations of every object, but not of pods.
   *
   * @default - none
   */
  readonly annotations?: Record<string, string>;

  /**
   * Labels of pods alone. A change of one is a roll-out.
   *
   * @default - those of objects
   */
  readonly podLabels?: Record<string, string>;

  /**
   * Annotations of pods, such as a log shipper's or a service mesh's. A change of one is a roll-out.
   *
   * @default - none
   */
  readonly podAnnotations?: Record<string, string>;

  /**
   * Annotations of the service account, by which a cloud identifies a pod: `eks.amazonaws.com/role-arn`.
   *
   * @default - those of objects
   */
  readonly serviceAccountAnnotations?: Record<string, string>;
}

/** The nodes that pods run on. */
export interface SchedulingProps {
  /**
   * Labels that a node has to have.
   *
   * @default - any node
   */
  readonly nodeSelector?: Record<string, string>;

  /**
   * Taints that pods tolerate.
   *
   * @default - none
   */
  readonly tolerations?: k8s.Toleration[];

  /**
   * Rules for nodes, and for other pods on them. Slices of a role are spread over nodes in any case.
   *
   * @default - none
   */
  readonly affinity?: k8s.Affinity;

  /**
   * The PriorityClass of pods: a node that is short of memory evicts pods of a lower class first.
   *
   * @default - the cluster's default priority
   */
  readonly priorityClassName?: string;

  /**
   * The RuntimeClass of pods, such as a sandbox's.
   *
   * @default - the cluster's default runtime
   */
  readonly runtimeClassName?: string;
}

/** CPU and disk of a node. */
export interface ResourceProps {
  /**
   * CPU that a slice asks for. Its containers share it by their RAM; the agent of a pair asks for at least 50 m.
   *
   * It decides where a pod fits, and which pods go first on a busy node. At the default the thirteen slices of the first site (7.75 GiB)
   * ask for two cores.
   *
   * @default Cpu.millisPerGibibyte(250)
   */
  readonly cpuRequest?: Cpu;

  /**
   * The most CPU that a slice gets, shared in the same way. The agent of a pair gets half a core at least: a throttled one loses its Lease.
   *
   * Leave it out unless a quota demands it: a throttled slice is slow while its node is idle.
   *
   * @default - no limit
   */
  readonly cpuLimit?: Cpu;

  /**
   * Node disk that a pod asks for: logs, and volumes that end with the pod. Each container has 64 MiB of it, the first one the rest.
   *
   * @default - none is asked for
   */
  readonly ephemeralStorageRequest?: Size;

  /**
   * The most node disk of a pod; a pod that takes more is evicted. Each container has 64 MiB of it, as the kubelet keeps 50 MiB of a
   * container's log; the first one has the rest.
   *
   * A restore test of `MySQLBackup` has its copy of the database on that disk.
   *
   * @default - no limit
   */
  readonly ephemeralStorageLimit?: Size;
}

/** Sources of images. */
export interface ImageProps {
  /**
   * Secrets with registry passwords, which you make in each namespace of the site.
   *
   * @default - none
   */
  readonly pullSecrets?: string[];

  /**
   * Registries, and the place that their images are pulled from instead. With `{ 'docker.io': 'registry.example.org/hub' }`,
   * `docker.io/library/nginx:1.30` becomes `registry.example.org/hub/library/nginx:1.30`.
   *
   * @default - each image from its own registry
   */
  readonly registryMirrors?: Record<string, string>;

  /**
   * Digests of images, by their names with tags: `{ 'docker.io/library/nginx:1.30': 'sha256:…' }`. A pinned image stays the same
   * where its tag moves.
   *
   * `cdk8s-slices pin` writes them to a file, for `Images.digestsFromFile`. A name is that of dist, after `registryMirrors`.
   *
   * @default - each image as it is named
   */
  readonly digests?: Record<string, string>;
}

/** More in each pod. */
export interface PodProps {
  /**
   * Volumes, for `mounts` and for the containers below.
   *
   * @default - none
   */
  readonly volumes?: k8s.Volume[];

  /**
   * Mounts of these volumes in the library's containers, but not in its agents and init containers.
   *
   * @default - nowhere
   */
  readonly mounts?: k8s.VolumeMount[];

  /**
   * Containers that run as long as the pod does. Their RAM comes out of the slice's.
   *
   * @default - none
   */
  readonly sidecars?: ExtraContainer[];

  /**
   * Containers that run to their end, one after the other, before the library's containers start.
   *
   * @default - none
   */
  readonly initContainers?: ExtraContainer[];

  /**
   * Host names that DNS does not know, and their addresses.
   *
   * @default - none
   */
  readonly hostAliases?: k8s.HostAlias[];

  /**
   * Whether the platform chooses the user and the group of a pod, as OpenShift does, instead of the library.
   *
   * Containers that start as root, such as Postfix, still do: allow it to their service account.
   *
   * @default false
   */
  readonly platformUserIds?: boolean;
}

/**
 * A container of your own in a role's pods. It runs as the library's containers do: as a user without powers, on a root that it cannot
 * write.
 */
export interface ExtraContainer {
  /** Its name, which no other container of the pod may have. */
  readonly name: string;

  /** Its image, with a tag or digest. */
  readonly image: string;

  /** Its RAM: request and limit alike. Whole MiB. */
  readonly ram: Size;

  /**
   * The program.
   *
   * @default - the image's own
   */
  readonly command?: string[];

  /**
   * The program's arguments.
   *
   * @default - the image's own
   */
  readonly args?: string[];

  /**
   * The environment.
   *
   * @default - none
   */
  readonly environment?: Record<string, string>;

  /**
   * Mounts of `volumes` in this container.
   *
   * @default - nowhere
   */
  readonly mounts?: k8s.VolumeMount[];

  /**
   * The number of the user that it runs as.
   *
   * @default - the image's own, which has to be a number other than 0
   */
  readonly user?: number;
}
