import { asking, container } from '../core/container';
import { k8s } from '../core/imports';
import { TOKEN_MOUNT } from './admin-rights';
import { retentionSize, sampleLimit } from './prometheus';

export const PROMETHEUS_PORT = 9090;
export const PROMETHEUS_USER = 65534;
/** The volume that Prometheus and Alertmanager keep what they know on. */
export const FIGURES: k8s.VolumeMount = { name: 'figures', mountPath: '/prometheus' };

interface PrometheusOptions {
  readonly image: string;
  /** In MiB. */
  readonly ram: number;
  /** In MiB. */
  readonly volume: number;
  /** For how long figures are kept. */
  readonly hours: number;
  /** Secrets that it reads. */
  readonly mounts: k8s.VolumeMount[];
}

export function prometheusContainer({ image, ram, volume, hours, mounts }: PrometheusOptions): k8s.Container {
  const answers = asking(PROMETHEUS_PORT);
  return container({
    name: 'prometheus',
    image,
    mebibytes: ram,
    command: ['prometheus'],
    args: [
      '--config.file=/etc/prometheus/prometheus.yml',
      '--storage.tsdb.path=/prometheus/data',
      `--storage.tsdb.retention.time=${hours}h`,
      `--storage.tsdb.retention.size=${retentionSize(volume)}MB`,
      `--query.max-samples=${sampleLimit(ram)}`,
      '--query.max-concurrency=4',
      '--web.console.templates=/etc/prometheus',
      '--web.console.libraries=/etc/prometheus',
    ],
    user: PROMETHEUS_USER,
    ports: [{ name: 'prometheus', containerPort: PROMETHEUS_PORT }],
    mounts: [{ name: 'config', mountPath: '/etc/prometheus' }, FIGURES, TOKEN_MOUNT, ...mounts],
    // It reads its log again after a stop, which takes up to minutes.
    startup: { ...answers('/-/ready'), failureThreshold: 60 },
    readiness: answers('/-/ready'),
    liveness: { ...answers('/-/healthy'), failureThreshold: 6 },
  });
}
