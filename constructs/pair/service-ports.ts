import type { Construct } from 'constructs';
import type { k8s } from '../core/imports';
import { checkPort, problem } from '../core/problems';

/** The types of a Service that the agents can lead. */
const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer'];
/** The name of a port, as that of a label of DNS. */
const NAME = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Records faults of a user's Service that Kubernetes would refuse. */
export function checkServicePorts(construct: Construct, { type = 'ClusterIP', ports = [] }: k8s.ServiceSpec): void {
  if (!TYPES.includes(type)) problem(construct, 'service.type', type, `write one of ${TYPES.join(', ')}`);
  const keys = ports.map(({ port, protocol = 'TCP' }) => `${port} ${protocol}`);
  ports.forEach(({ port, name }, index) => {
    checkPort(construct, 'service.ports', port);
    if (keys.indexOf(keys[index] as string) !== index)
      problem(construct, 'service.ports', port, 'it is there twice; leave one of them out');
    if (name === undefined && ports.length > 1)
      problem(construct, 'service.ports', port, "give each of several ports a name, such as 'http'");
    if (name !== undefined && !NAME.test(name))
      problem(construct, 'service.ports', name, 'write up to 63 lower-case letters, digits and hyphens');
  });
}
