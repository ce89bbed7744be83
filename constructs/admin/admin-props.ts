import { Duration, Size } from 'cdk8s';
import { CommonProps } from '../core/common-props';
import { GitOps } from './git-ops';
import { Monitoring } from './monitoring';
import { Notify } from './notify';
import { RemoteWriteProps } from './remote-write-props';

/** Properties for `Admin`. */
export interface AdminProps extends CommonProps {
  /**
   * RAM of the slice. Half of it is for series (docs/admin.md). At least 256 MiB, or 48 MiB where another Prometheus watches the site
   * (`monitoring`).
   */
  readonly ram: Size;

  /**
   * The Prometheus of the cluster that watches the site, in place of Admin's own.
   *
   * The slice then runs only the program that reads figures which Prometheus cannot scrape itself.
   *
   * @default - a Prometheus in the slice
   */
  readonly monitoring?: Monitoring;

  /**
   * How long figures are kept, while the volume has room for them.
   *
   * @default Duration.days(30)
   */
  readonly retention?: Duration;

  /**
   * The volume of the figures; the oldest go when four fifths of it are full. At least 512 MiB.
   *
   * @default Size.gibibytes(10)
   */
  readonly storage?: Size;

  /**
   * The image, which has `prometheus` on its PATH.
   *
   * @default docker.io/prom/prometheus:v3.5.3
   */
  readonly image?: string;

  /**
   * The image of the program that reads figures which Prometheus cannot scrape itself, such as memcached's. It has Node 20 or later as
   * `node` on its PATH.
   *
   * @default - the site's `nodeImage`
   */
  readonly nodeImage?: string;

  /**
   * People and programs that are told of alerts, and of their end. Each gets every message. Alertmanager sends them; it takes 48 MiB of the slice.
   *
   * @default - nobody; alerts are on the page alone
   */
  readonly notify?: Notify[];

  /**
   * The dead man's switch: a service that expects a call each minute, and tells people when none comes.
   *
   * Without one, nobody is told when the Admin itself is down. It needs `notify`.
   *
   * @default - none
   */
  readonly watchdog?: Notify;

  /**
   * A further server for all figures, by Prometheus' remote write, as for several sites or for years. Each series has
   * the label `site` there.
   *
   * @default - none
   */
  readonly remoteWrite?: RemoteWriteProps;

  /**
   * The page with a section for each alert, which messages link to: your own, where your steps differ.
   *
   * @default - docs/alerts.md of this library
   */
  readonly runbooks?: string;

  /**
   * The Git repository that the cluster follows: a commit is a release, and what was changed by hand is undone.
   *
   * @default - what is applied by hand
   */
  readonly gitOps?: GitOps;

  /**
   * The image of Alertmanager, which has `alertmanager` on its PATH.
   *
   * @default docker.io/prom/alertmanager:v0.33.1
   */
  readonly alertmanagerImage?: string;
}
