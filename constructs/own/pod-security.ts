import { RESTRICTED_VOLUMES } from '../core/volume-checks';
import { Container, PodSpec, Security, Template, allContainers } from './manifest';

/** A breach of a rule of Pod Security `restricted`: the field, and the values that Kubernetes takes there. */
export interface Violation {
  readonly value: string;
  readonly instead: string;
}

/** https://kubernetes.io/docs/concepts/security/pod-security-standards */
const SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
];
const SELINUX = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
const PROFILES = ['RuntimeDefault', 'Localhost'];

/** A pod's security context, with the fields added that it leaves out and Pod Security `restricted` wants. */
export function secured(security: Security = {}): Security {
  return { seccompProfile: { type: 'RuntimeDefault' }, ...security };
}

/** The same for a container. The user that its pod names holds for it as well. */
export function securedContainer(security: Security = {}, pod: Security = {}): Security {
  return {
    ...(pod.runAsNonRoot === undefined ? { runAsNonRoot: true } : {}),
    allowPrivilegeEscalation: false,
    ...security,
    capabilities: { ...security.capabilities, drop: ['ALL'] },
  };
}

/** Breaches of Pod Security `restricted` by the pods, beyond fields left out. */
export function violations(template: Template): Violation[] {
  const { spec } = template;
  return [
    ...ofPod(spec),
    ...ofSecurity('its pod', spec.securityContext ?? {}),
    ...allContainers(template).flatMap((each) => ofContainer(each)),
  ];
}

function ofPod({ hostNetwork, hostPID, hostIPC, volumes = [] }: PodSpec): Violation[] {
  const host = Object.entries({ hostNetwork, hostPID, hostIPC }).filter(([, value]) => value);
  return [
    ...host.map(([key]) => ({ value: `its pod with ${key}`, instead: 'leave it out' })),
    ...volumes.flatMap(({ name, ...source }) =>
      Object.keys(source)
        .filter((kind) => !RESTRICTED_VOLUMES.includes(kind))
        .map((kind) => ({
          value: `its volume ${name} of kind ${kind}`,
          instead: `take one of ${RESTRICTED_VOLUMES.join(', ')}`,
        })),
    ),
  ];
}

function ofContainer({ name, ports = [], securityContext = {} }: Container): Violation[] {
  const who = `its container ${name}`;
  const onHost = ports.filter(({ hostPort }) => hostPort);
  return [
    ...onHost.map(({ hostPort }) => ({ value: `${who} with hostPort ${hostPort}`, instead: 'leave it out' })),
    ...ofSecurity(who, securityContext),
  ];
}

function ofSecurity(who: string, security: Security): Violation[] {
  return Object.entries(RULES).flatMap(([key, { broken, instead }]) => {
    const found = broken(security);
    return found === undefined ? [] : [{ value: `${who} with ${key} ${String(found)}`, instead }];
  });
}

/** A rule for a security context: `broken` gives the value that breaks it, or undefined. */
type Rule = {
  readonly broken: (security: Security) => string | number | boolean | undefined;
  readonly instead: string;
};

const RULES: Record<string, Rule> = {
  privileged: { broken: ({ privileged }) => privileged || undefined, instead: 'leave it out' },
  allowPrivilegeEscalation: {
    broken: ({ allowPrivilegeEscalation }) => allowPrivilegeEscalation || undefined,
    instead: 'leave it out',
  },
  runAsNonRoot: {
    broken: ({ runAsNonRoot }) => (runAsNonRoot === false ? false : undefined),
    instead: 'write true, or leave it out',
  },
  runAsUser: {
    broken: ({ runAsUser }) => (runAsUser === 0 ? 0 : undefined),
    instead: 'write the number of a user that is not root, 1 or more',
  },
  'capabilities.add': {
    broken: ({ capabilities }) => capabilities?.add?.find((each) => each !== 'NET_BIND_SERVICE'),
    instead: "leave it out; 'NET_BIND_SERVICE' alone may be added",
  },
  'seccompProfile.type': {
    broken: ({ seccompProfile }) => otherThan(PROFILES, seccompProfile?.type),
    instead: `write one of ${PROFILES.join(', ')}, or leave it out`,
  },
  'appArmorProfile.type': {
    broken: ({ appArmorProfile }) => otherThan(PROFILES, appArmorProfile?.type),
    instead: `write one of ${PROFILES.join(', ')}, or leave it out`,
  },
  procMount: { broken: ({ procMount }) => otherThan(['Default'], procMount), instead: 'leave it out' },
  'seLinuxOptions.type': {
    broken: ({ seLinuxOptions }) => otherThan(SELINUX, seLinuxOptions?.type),
    instead: "write 'container_t', or leave it out",
  },
  'seLinuxOptions.user': { broken: ({ seLinuxOptions }) => seLinuxOptions?.user || undefined, instead: 'leave it out' },
  'seLinuxOptions.role': { broken: ({ seLinuxOptions }) => seLinuxOptions?.role || undefined, instead: 'leave it out' },
  'windowsOptions.hostProcess': {
    broken: ({ windowsOptions }) => windowsOptions?.hostProcess || undefined,
    instead: 'leave it out',
  },
  sysctls: {
    broken: ({ sysctls }) => sysctls?.find(({ name }) => !SYSCTLS.includes(name))?.name,
    instead: 'leave it out, as it changes the node for other pods',
  },
};

function otherThan(allowed: string[], value: string | undefined): string | undefined {
  return value === undefined || allowed.includes(value) ? undefined : value;
}
