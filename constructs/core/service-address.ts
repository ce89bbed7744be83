import { k8s } from './imports';

/**
 * Services whose addresses programs may be given in place of their names. A name is looked up for each connection, and half of all lookups
 * fail while one of two CoreDNS pods is dead. A Service's address stays the same for as long as the Service exists.
 *
 * Kubernetes gives the addresses to the pods of the Service's namespace as variables: `DFW_DB_WRITE_SERVICE_HOST`.
 */
export class ServiceAddresses {
  private named = false;

  /**
   * @param names The Services' names, as they stand in the environment of those that use them.
   * @param alike Whether all users must be given the same: clients of a cache find the server of a key by the text of its address.
   */
  constructor(
    private readonly names: string[],
    private readonly alike = false,
  ) {}

  /** The variables, for a user in the namespace of the Services. */
  public byAddress(env: k8s.EnvVar[]): k8s.EnvVar[] {
    return env.map((each) => {
      const { name, value = '' } = each;
      const found = this.names.filter((service) => value.includes(service));
      return found.length > 0 ? new AddressVariable(name, value, found, () => this.named) : each;
    });
  }

  /** The variables as they are, for a user that cannot be given addresses. */
  public byName(env: k8s.EnvVar[]): k8s.EnvVar[] {
    this.named ||= this.alike;
    return env;
  }
}

/** A variable whose value has addresses in place of names. The value is known once all users are. */
export class AddressVariable implements k8s.EnvVar {
  /** The variables of Services that the value refers to. */
  public readonly variables: string[];

  constructor(
    public readonly name: string,
    private readonly plain: string,
    private readonly services: string[],
    private readonly isNamed: () => boolean,
  ) {
    this.variables = services.map(variableOf);
  }

  public get value(): string {
    if (this.isNamed()) return this.plain;
    return this.services.reduce((text, service) => text.replaceAll(service, `$(${variableOf(service)})`), this.plain);
  }

  /** The variable as a container has it: its value is asked for as it is written. */
  public written(): k8s.EnvVar {
    const value = () => this.value;
    return {
      name: this.name,
      get value() {
        return value();
      },
    };
  }
}

const VOLUME = 'addresses';

/**
 * A folder that has the addresses in its path: the kubelet makes no container before it knows all of them. In the environment it would
 * leave an unknown variable as it is written.
 */
export function untilAddressesAreKnown(env: k8s.EnvVar[]): { mounts: k8s.VolumeMount[]; volumes: k8s.Volume[] } {
  const variables = [...new Set(env.flatMap((each) => (each instanceof AddressVariable ? each.variables : [])))];
  if (variables.length === 0) return { mounts: [], volumes: [] };
  const subPathExpr = variables.map((variable) => `$(${variable})`).join('/');
  return {
    mounts: [{ name: VOLUME, mountPath: `/run/slices/${VOLUME}`, readOnly: true, subPathExpr }],
    volumes: [{ name: VOLUME, emptyDir: { sizeLimit: k8s.Quantity.fromString('1Mi') } }],
  };
}

/** Whether a pod with these volumes needs the variables of the Services in its namespace. */
export function needsAddresses(volumes: k8s.Volume[]): boolean {
  return volumes.some(({ name }) => name === VOLUME);
}

function variableOf(service: string): string {
  return `${(service.split('.')[0] as string).toUpperCase().replaceAll('-', '_')}_SERVICE_HOST`;
}
