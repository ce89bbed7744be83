import { Chart, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { Heartbeat, k8s } from '../../constructs';

/** A StatefulSet of your own, whose first pod dies without anyone noticing for longer than two seconds. */
export class Shop extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: 'shop' });
    const labels = { app: 'shop' };
    const statefulSet = new k8s.KubeStatefulSet(this, 'shop', {
      metadata: { name: 'shop' },
      spec: {
        replicas: 2,
        serviceName: 'shop',
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'shop',
                image: 'docker.io/library/nginx:1.30',
                resources: { limits: { memory: k8s.Quantity.fromString('256Mi') } },
              },
            ],
          },
        },
      },
    });
    new Heartbeat(this, 'heartbeat', {
      statefulSet,
      checkPort: 80,
      checkPath: '/',
      failover: Heartbeat.within(Duration.seconds(2)),
      service: { type: 'LoadBalancer', ports: [{ port: 80, targetPort: k8s.IntOrString.fromNumber(80) }] },
    });
  }
}
