import { Egress } from '../core/egress';
import { allowOutside } from '../core/network';
import { problem } from '../core/problems';
import { k8s } from '../core/imports';
import { secretOfFile } from '../core/program';
import type { Role } from '../core/role';
import type { SecretFile } from '../core/secret-file';
import { checkText } from '../core/values';
import { checkUrl, secretPath } from './receivers';
import type { RemoteWriteProps } from './remote-write-props';

const FOLDER = '/etc/prometheus-secrets';
const PROPERTY = 'remoteWrite';
/**
 * The queue keeps at most this many samples for a server that does not answer, twice, in a few MiB. Prometheus' own bounds are 50 shards of 10,000
 * samples, half a GiB. Samples that do not fit are read again from the log on the volume.
 */
const QUEUE = { max_shards: 2, capacity: 2500, max_samples_per_send: 1000 };

/** The server that gets all figures, too. */
export class RemoteWrite {
  private readonly secrets: k8s.VolumeProjection[];

  constructor(
    private readonly admin: Role,
    private readonly props: RemoteWriteProps,
  ) {
    const { url: text, user, password, token, cidr } = props;
    const url = checkUrl(admin, `${PROPERTY}.url`, text, 'https://mimir.example.org/api/v1/push');
    if (url && (url.username || url.password))
      problem(admin, `${PROPERTY}.url`, url.host, "it has a password in it; write 'user' and 'password'");
    if (user !== undefined) checkText(admin, `${PROPERTY}.user`, user);
    if ((user === undefined) !== (password === undefined))
      problem(admin, PROPERTY, user === undefined ? 'a password' : user, "give 'user' and 'password' both, or neither");
    if (token && password) problem(admin, `${PROPERTY}.token`, token.key, "there is 'password'; leave one of them out");
    const port = url ? Number(url.port) || (url.protocol === 'https:' ? 443 : 80) : 443;
    const egress = cidr === undefined ? Egress.port(port) : Egress.network(cidr, port);
    allowOutside(admin, egress._of(admin, cidr === undefined ? `${PROPERTY}.url` : `${PROPERTY}.cidr`));
    this.secrets = [password, token].flatMap((file) => (file ? [this.projection(file)] : []));
  }

  /** For prometheus.yml: the site's name on each series, and where they go. */
  public settings(): { external_labels: object; remote_write: object[] } {
    const { url, user, password, token } = this.props;
    return {
      external_labels: { site: this.admin.site.name },
      remote_write: [
        {
          url,
          queue_config: QUEUE,
          ...(password ? { basic_auth: { username: user, password_file: `${FOLDER}/${secretPath(password)}` } } : {}),
          ...(token ? { authorization: { credentials_file: `${FOLDER}/${secretPath(token)}` } } : {}),
        },
      ],
    };
  }

  public volumes(): k8s.Volume[] {
    return this.secrets.length > 0 ? [{ name: 'prometheus-secrets', projected: { sources: this.secrets } }] : [];
  }

  public mounts(): k8s.VolumeMount[] {
    return this.secrets.length > 0 ? [{ name: 'prometheus-secrets', mountPath: FOLDER, readOnly: true }] : [];
  }

  private projection(file: SecretFile): k8s.VolumeProjection {
    const name = secretOfFile(this.admin, PROPERTY, file);
    // Alerts do not wait for the key of a server that only gets figures.
    return { secret: { name, optional: true, items: [{ key: file.key, path: secretPath(file) }] } };
  }
}
