/** An object as it is written; a workload's pods are a part of it. It is plain JSON, whatever made it. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels };
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Labels };
    readonly template?: Template;
    readonly jobTemplate?: { readonly spec: { readonly template: Template } };
  };
}

export type Labels = Record<string, string>;

export interface Template {
  readonly metadata?: { readonly labels?: Labels };
  readonly spec: PodSpec;
}

export interface PodSpec {
  readonly containers: Container[];
  readonly initContainers?: Container[];
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly volumes?: ({ readonly name: string } & Record<string, unknown>)[];
  readonly securityContext?: Security;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: { readonly name: string }[];
  readonly ports?: { readonly containerPort: number; readonly hostPort?: number }[];
  readonly resources?: {
    readonly requests?: Record<string, unknown>;
    readonly limits?: Record<string, unknown>;
  };
  readonly securityContext?: Security;
}

/** The fields of a pod's and of a container's security context that Pod Security knows. */
export interface Security {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly procMount?: string;
  readonly capabilities?: { readonly add?: string[]; readonly drop?: string[] };
  readonly seccompProfile?: { readonly type: string };
  readonly appArmorProfile?: { readonly type: string };
  readonly seLinuxOptions?: { readonly type?: string; readonly user?: string; readonly role?: string };
  readonly windowsOptions?: { readonly hostProcess?: boolean };
  readonly sysctls?: { readonly name: string }[];
}

/** The pods that a workload makes: a CronJob's are its Jobs'. */
export function templateOf({ spec }: Manifest): Template | undefined {
  const template = spec?.jobTemplate?.spec.template ?? spec?.template;
  return Array.isArray(template?.spec?.containers) ? template : undefined;
}

/** The same workload with other pods. */
export function withTemplate(manifest: Manifest, template: Template): Manifest {
  const { spec } = manifest;
  if (!spec?.jobTemplate) return { ...manifest, spec: { ...spec, template } };
  const jobTemplate = { ...spec.jobTemplate, spec: { ...spec.jobTemplate.spec, template } };
  return { ...manifest, spec: { ...spec, jobTemplate } };
}

export function allContainers({ spec }: Template): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}
