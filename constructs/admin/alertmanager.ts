import { Yaml } from 'cdk8s';
import { hashedConfig } from '../core/config';
import { asking, container } from '../core/container';
import { k8s } from '../core/imports';
import { allowOutside } from '../core/network';
import { problem } from '../core/problems';
import { secretOfFile } from '../core/program';
import type { Role } from '../core/role';
import type { Notify } from './notify';
import { Receiver, SECRETS, secretPath } from './receivers';

/**
 * RAM of Alertmanager, in MiB. Measured with 6,000 alerts in it: 16 MiB of its own and 20 MiB of its program's file, which Linux may drop.
 */
export const ALERTMANAGER_MEBIBYTES = 48;
/** The share of that for Go's heap, so that it collects garbage before the kernel kills it. */
const HEAP_MEBIBYTES = 36;
const USER = 65534;
/** The port that Prometheus sends alerts to, within the pod. */
export const ALERTMANAGER_PORT = 9093;

/** The receivers of messages. */
export interface Recipients {
  readonly notify: Notify[];
  readonly watchdog?: Notify | undefined;
}

/** The program that groups alerts and tells people of them, and its parts of Admin's pod. */
export class Alertmanager {
  private readonly people: Receiver[];
  private readonly watchers: Receiver[];

  constructor(
    private readonly admin: Role,
    { notify, watchdog }: Recipients,
  ) {
    this.people = notify.map((each, index) => each._receiver(admin, `notify.${index}`));
    this.watchers = watchdog ? [watchdog._receiver(admin, 'watchdog')] : [];
    const all = [...this.people, ...this.watchers];
    if (notify.length === 0) problem(admin, 'notify', '[]', 'name one or more, or leave it out');
    allowOutside(admin, unique(all.flatMap(({ ports }) => ports)));
  }

  /** Its volumes, and its container. */
  public parts(image: string, state: k8s.VolumeMount): { volumes: k8s.Volume[]; container: k8s.Container } {
    const files = { 'alertmanager.yml': Yaml.stringify(this.configuration()) };
    const { name, chart } = this.admin;
    const config = hashedConfig(chart, 'alertmanager', `${name}-alertmanager`, files, this.admin._metadata(name));
    const secrets = this.secrets();
    const answers = asking(ALERTMANAGER_PORT);
    return {
      volumes: [
        { name: 'alertmanager', configMap: { name: config.name } },
        ...(secrets.length > 0 ? [{ name: 'alertmanager-secrets', projected: { sources: secrets } }] : []),
      ],
      container: container({
        name: 'alertmanager',
        image,
        mebibytes: ALERTMANAGER_MEBIBYTES,
        command: ['alertmanager'],
        args: [
          '--config.file=/etc/alertmanager/alertmanager.yml',
          `--storage.path=${state.mountPath}/alertmanager`,
          // It is alone.
          '--cluster.listen-address=',
          `--web.listen-address=:${ALERTMANAGER_PORT}`,
          `--web.external-url=http://localhost:${ALERTMANAGER_PORT}`,
        ],
        env: [{ name: 'GOMEMLIMIT', value: `${HEAP_MEBIBYTES}MiB` }],
        user: USER,
        mounts: [
          { name: 'alertmanager', mountPath: '/etc/alertmanager' },
          ...(secrets.length > 0 ? [{ name: 'alertmanager-secrets', mountPath: SECRETS, readOnly: true }] : []),
          state,
        ],
        readiness: answers('/-/ready'),
        liveness: { ...answers('/-/healthy'), failureThreshold: 6 },
      }),
    };
  }

  private configuration(): object {
    const watchdog = {
      matchers: ['alertname="Watchdog"'],
      receiver: 'watchdog',
      group_interval: '30s',
      repeat_interval: '1m',
    };
    return {
      route: {
        receiver: 'people',
        // One message of a lost node, and not one for each of its slices.
        group_by: ['alertname'],
        group_wait: '5s',
        // A slice that dies while another is down is told of as soon.
        group_interval: '15s',
        repeat_interval: '4h',
        ...(this.watchers.length > 0 ? { routes: [watchdog] } : {}),
      },
      // What else is wrong with a slice that is down follows from that.
      inhibit_rules: [
        { source_matchers: ['alertname="SliceDown"'], target_matchers: ['severity="warning"'], equal: ['slice'] },
      ],
      receivers: [
        { name: 'people', ...byKind(this.people) },
        ...(this.watchers.length > 0 ? [{ name: 'watchdog', ...byKind(this.watchers) }] : []),
      ],
    };
  }

  /** The keys of Secrets as files, each in a folder of its Secret. */
  private secrets(): k8s.VolumeProjection[] {
    const files = [...this.people, ...this.watchers].flatMap(({ secrets }) => secrets);
    return unique(files).map((file) => {
      const name = secretOfFile(this.admin, 'notify', file);
      // Prometheus does not wait for the key of a service that only receives alerts.
      return { secret: { name, optional: true, items: [{ key: file.key, path: secretPath(file) }] } };
    });
  }
}

function byKind(receivers: Receiver[]): Record<string, object[]> {
  const kinds = [...new Set(receivers.map(({ kind }) => kind))];
  return Object.fromEntries(
    kinds.map((kind) => [kind, receivers.filter((each) => each.kind === kind).map(({ settings }) => settings)]),
  );
}

/** Each once, as two receivers may share a server or a Secret. */
function unique<T>(values: T[]): T[] {
  return [...new Map(values.map((each) => [JSON.stringify(each), each])).values()];
}
