import { Size, SizeRoundingBehavior } from 'cdk8s';
import { CommonProps, ImageProps, MetadataProps, PodProps, ResourceProps, SchedulingProps } from './common-props';
import { defined } from './container';

/** The common properties of a role, its site's defaults included. */
export class Settings {
  public readonly metadata: MetadataProps;
  public readonly scheduling: SchedulingProps;
  public readonly resources: ResourceProps;
  public readonly images: ImageProps;
  public readonly pods: PodProps;
  public readonly storageClassName: string | undefined;

  constructor(site: CommonProps, role: CommonProps = {}) {
    this.metadata = merge(site.metadata, role.metadata);
    this.scheduling = merge(site.scheduling, role.scheduling);
    this.resources = merge(site.resources, role.resources);
    this.images = merge(site.images, role.images);
    this.pods = merge(site.pods, role.pods);
    this.storageClassName = role.storageClassName ?? site.storageClassName;
  }

  /** RAM of the user's own sidecars in each pod, in MiB. */
  public get sidecarMebibytes(): number {
    return (this.pods.sidecars ?? []).reduce((sum, { ram }) => sum + mebibytesOf(ram), 0);
  }

  /** The place that an image is pulled from, and its digest where it is pinned. */
  public image(name: string): string {
    const { registry, path } = registryOf(name);
    const mirror = this.images.registryMirrors?.[registry];
    return this.pinned(mirror === undefined ? name : `${mirror}/${path}`);
  }

  /** The image with its digest, where it has one. */
  public pinned(image: string): string {
    const digest = this.images.digests?.[image];
    return digest === undefined ? image : `${image}@${digest}`;
  }
}

/** Key by key: maps are merged in turn, any other value of the role replaces the site's. */
function merge<T extends object>(site: T | undefined, role: T | undefined): T {
  const merged = { ...site, ...(role && defined(role)) } as T;
  for (const key of Object.keys(merged) as (keyof T)[]) {
    const [of, more] = [site?.[key], role?.[key]];
    if (isMap(of) && isMap(more)) merged[key] = { ...of, ...more };
  }
  return merged;
}

/** Whether it is a plain map of texts, and no object of Kubernetes such as an affinity. */
function isMap(value: unknown): value is Record<string, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  return Object.values(value).every((each) => typeof each === 'string');
}

/** `nginx:1.30` is `docker.io/library/nginx:1.30`: the first part of a name is a registry where it can be a host. */
function registryOf(image: string): { registry: string; path: string } {
  const slash = image.indexOf('/');
  const first = image.slice(0, Math.max(0, slash));
  if (/[.:]/.test(first) || first === 'localhost') return { registry: first, path: image.slice(slash + 1) };
  return { registry: 'docker.io', path: slash < 0 ? `library/${image}` : image };
}

/** Whole MiB: a part of one is reported as an error, and the next whole one goes on. */
export function mebibytesOf(size: Size): number {
  return Math.max(1, Math.ceil(size.toMebibytes({ rounding: SizeRoundingBehavior.NONE })) || 1);
}
