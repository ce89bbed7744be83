import { ApiObject, App, Chart, Duration, Yaml } from 'cdk8s';
import { Heartbeat, HeartbeatMode, k8s } from '../../constructs';

/** Two web servers on two nodes, which tell their names and say whether they are the active one: what the faults are made to. */
export interface PairOptions {
  readonly namespace: string;
  readonly mode?: HeartbeatMode;
  readonly externalTrafficPolicy?: 'Local' | 'Cluster';
  /** Without agents: a Service that selects both pods, as Kubernetes alone does it. */
  readonly plain?: boolean;
  /** @default 2 */
  readonly failoverSeconds?: number;
  /** A Service that selects the label, instead of the EndpointSlice that the agents write. */
  readonly byLabel?: boolean;
}

const PORT = 8080;
/** The agents' key, for the one who measures to ask them, too. */
export const KEY = 'the key of a pair that lives for a measurement';
const OBSERVER = process.env['OBSERVER'] ?? '172.30.0.1/32';
const NGINX = `pid /tmp/nginx.pid;
error_log /dev/stderr;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  server {
    listen ${PORT} backlog=1024;
    location / { default_type text/plain; return 200 "$hostname\\n"; }
  }
}
`;

export function manifests(options: PairOptions): string {
  const { namespace } = options;
  const app = new App();
  const chart = new Chart(app, 'web', { namespace });
  const labels = { app: 'web' };
  new k8s.KubeNamespace(chart, 'namespace', {
    metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  new k8s.KubeServiceAccount(chart, 'account', { metadata: { name: 'web' } });
  new k8s.KubeConfigMap(chart, 'config', { metadata: { name: 'nginx' }, data: { 'nginx.conf': NGINX } });
  const port = k8s.IntOrString.fromNumber(PORT);
  const statefulSet = new k8s.KubeStatefulSet(chart, 'web', {
    metadata: { name: 'web', labels },
    spec: {
      replicas: 2,
      serviceName: 'web',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: pod(labels, port) },
    },
  });
  const service = {
    type: 'LoadBalancer',
    ports: [{ name: 'http', port: 80, targetPort: port }],
    externalTrafficPolicy: options.externalTrafficPolicy ?? 'Cluster',
  };
  const role = options.byLabel ? { 'cdk8s-slices/instance-role': 'active' } : {};
  new k8s.KubeNetworkPolicy(chart, 'deny', {
    metadata: { name: 'deny-by-default' },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  });
  new k8s.KubeNetworkPolicy(chart, 'world', {
    metadata: { name: 'web-from-anywhere' },
    spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'], ingress: [{ ports: [{ port }] }] },
  });
  // Whoever measures asks the agents directly, from outside.
  new k8s.KubeNetworkPolicy(chart, 'observer', {
    metadata: { name: 'agents-from-observer' },
    spec: {
      podSelector: { matchLabels: labels },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ ipBlock: { cidr: OBSERVER } }], ports: [{ port: k8s.IntOrString.fromNumber(7911) }] }],
    },
  });
  if (options.plain || options.byLabel) {
    const selector = { ...labels, ...role };
    new k8s.KubeService(chart, 'service', { metadata: { name: 'web-active', labels }, spec: { ...service, selector } });
  }
  if (!options.plain) {
    new k8s.KubeSecret(chart, 'key', { metadata: { name: 'web-key' }, stringData: { password: KEY } });
    new Heartbeat(chart, 'heartbeat', {
      statefulSet,
      secret: 'web-key',
      checkPort: PORT,
      checkPath: '/',
      isolated: true,
      failover: Heartbeat.within(Duration.seconds(options.failoverSeconds ?? 2)),
      ...(options.mode && { mode: options.mode }),
      ...(options.byLabel ? {} : { service }),
    });
  }
  return Yaml.stringify(...(chart.toJson() as ApiObject[]));
}

function pod(labels: Record<string, string>, port: k8s.IntOrString): k8s.PodSpec {
  return {
    serviceAccountName: 'web',
    terminationGracePeriodSeconds: 30,
    securityContext: { runAsNonRoot: true, runAsUser: 101, seccompProfile: { type: 'RuntimeDefault' } },
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    },
    containers: [
      {
        name: 'nginx',
        image: 'docker.io/library/nginx:1.30',
        command: ['nginx', '-c', '/etc/web/nginx.conf', '-g', 'daemon off;'],
        readinessProbe: { httpGet: { path: '/', port }, periodSeconds: 1 },
        resources: {
          requests: { cpu: k8s.Quantity.fromString('50m'), memory: k8s.Quantity.fromString('112Mi') },
          limits: { memory: k8s.Quantity.fromString('112Mi') },
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'config', mountPath: '/etc/web' },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'config', configMap: { name: 'nginx' } },
      { name: 'tmp', emptyDir: {} },
    ],
  };
}

if (require.main === module)
  process.stdout.write(manifests(JSON.parse(process.argv[2] ?? '{"namespace":"heartbeat"}') as PairOptions));
