import { Cpu } from './cpu';
import { k8s } from './imports';
import { AddressVariable } from './service-address';
import { literal } from './text';

/** A construct's description of a container. The rest follows from the rules of the library. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  /** Its share of the slice's RAM, in MiB: request and limit alike. */
  readonly mebibytes: number;
  readonly command?: string[];
  readonly args?: string[];
  readonly env?: k8s.EnvVar[];
  readonly envFrom?: k8s.EnvFromSource[];
  readonly ports?: k8s.ContainerPort[];
  readonly mounts?: k8s.VolumeMount[];
  /** The user it runs as. Left out, it is the image's own, which then has to be a number. */
  readonly user?: number;
  readonly startup?: k8s.Probe;
  readonly readiness?: k8s.Probe;
  readonly liveness?: k8s.Probe;
  readonly preStop?: k8s.LifecycleHandler;
  /** For an image that writes outside its volumes. */
  readonly writableRoot?: boolean;
  /** Powers of root that an engine needs which must start as root. Its namespace is then at `baseline`. */
  readonly rootWith?: string[];
}

/** A probe of paths at a port, every 10 seconds. */
export function asking(port: number): (path: string) => k8s.Probe {
  return (path) => ({ httpGet: { path, port: k8s.IntOrString.fromNumber(port) }, periodSeconds: 10 });
}

/** CPU that a slice asks for where nothing else is said. */
export const DEFAULT_CPU = Cpu.millisPerGibibyte(250);

/** A container that obeys the rules of every slice: fixed memory, CPU in proportion, Pod Security `restricted`. */
export function container(spec: ContainerSpec): k8s.Container {
  return {
    name: spec.name,
    image: spec.image,
    ...defined({
      command: spec.command?.map(literal),
      args: spec.args?.map(literal),
      env: spec.env?.map(written),
      envFrom: spec.envFrom,
      ports: spec.ports,
      volumeMounts: spec.mounts,
      startupProbe: spec.startup,
      readinessProbe: spec.readiness,
      livenessProbe: spec.liveness,
      lifecycle: spec.preStop && { preStop: spec.preStop },
    }),
    resources: resourcesOf(spec.mebibytes),
    securityContext: spec.rootWith ? rootSecurity(spec) : restrictedSecurity(spec),
  };
}

/** A variable with the value of another one of its container, which stands before it. */
export class Reference implements k8s.EnvVar {
  constructor(
    public readonly name: string,
    private readonly variable: string,
  ) {}

  public written(): k8s.EnvVar {
    return { name: this.name, value: `$(${this.variable})` };
  }
}

/** The kubelet replaces nothing in a value but the library's own references. */
export function written(each: k8s.EnvVar): k8s.EnvVar {
  if (each instanceof AddressVariable || each instanceof Reference) return each.written();
  return each.value === undefined ? each : { ...each, value: literal(each.value) };
}

/** So much memory, as request and limit alike, and CPU in proportion. */
export function resourcesOf(mebibytes: number): k8s.ResourceRequirements {
  const memory = k8s.Quantity.fromString(`${mebibytes}Mi`);
  const cpu = k8s.Quantity.fromString(`${DEFAULT_CPU._millisOf(mebibytes, mebibytes)}m`);
  return { requests: { cpu, memory }, limits: { memory } };
}

/** A container that starts before the pod's others and ends after them. */
export function sidecar(spec: ContainerSpec): k8s.Container {
  return { ...container(spec), restartPolicy: 'Always' };
}

function restrictedSecurity(spec: ContainerSpec): k8s.SecurityContext {
  return {
    runAsNonRoot: true,
    ...defined({ runAsUser: spec.user, runAsGroup: spec.user }),
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: !spec.writableRoot,
    capabilities: { drop: ['ALL'] },
  };
}

function rootSecurity(spec: ContainerSpec): k8s.SecurityContext {
  return {
    runAsUser: 0,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: !spec.writableRoot,
    capabilities: { drop: ['ALL'], add: spec.rootWith ?? [] },
  };
}

/** The object without the properties that are undefined, which would otherwise be written out as such. */
export function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
