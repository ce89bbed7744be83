import { Duration, Size } from 'cdk8s';
import { Role, Site, k8s } from '../../constructs';
import { DATA, PORT, RUN, SETTINGS, USER, myCnf } from '../../constructs/mysql/mysql';
import { startFiles } from '../../constructs/mysql/mysql-start';
import { hashedConfig } from '../../constructs/core/config';
import { container } from '../../constructs/core/container';
import { passwordFiles } from '../../constructs/mysql/mysql-accounts';
import { Binding } from '../../constructs/core/binding';
import { AGENT_MEBIBYTES } from '../../constructs/pair/pair';
import { SecretValue } from '../../constructs/core/secrets';
import { runOnSlices } from '../../constructs/core/workload';

/** One mysqld with the settings of a server of a pair, without an agent and without a replica: what a pair is compared with. */
export class BareMySql extends Role {
  constructor(site: Site, id: string, ram: Size) {
    super(site, id, { slices: 1, ram: Size.mebibytes(ram.toMebibytes() - AGENT_MEBIBYTES) });
    const mebibytes = ram.toMebibytes() - AGENT_MEBIBYTES;
    site._requireSecret({
      name: this.name,
      namespaces: [this.namespace],
      keys: { password: SecretValue.PASSWORD },
    });
    const users = [site.name, 'replication', 'backup', 'agent'];
    const passwords = passwordFiles(users.map((user) => ({ user, secret: this.name })));
    const databases = ['bench'];
    const account = { user: site.name, databases, readOnly: false };
    const files = {
      'my.cnf': myCnf(mebibytes, { super_read_only: 'OFF', read_only: 'OFF' }),
      ...startFiles({ databases, accounts: [account] }),
    };
    const config = hashedConfig(this.chart, 'settings', `${this.name}-mysql`, files, this._metadata(this.name));
    runOnSlices(this, {
      containers: [
        container({
          name: 'mysqld',
          image: 'docker.io/library/mysql:9.7',
          mebibytes,
          command: ['bash', `${SETTINGS}/start.sh`],
          mounts: [
            { name: 'settings', mountPath: SETTINGS, readOnly: true },
            { name: 'data', mountPath: DATA },
            { name: 'run', mountPath: RUN },
            ...passwords.mounts,
          ],
          user: USER,
          readiness: { tcpSocket: { port: k8s.IntOrString.fromNumber(PORT) }, periodSeconds: 2 },
        }),
      ],
      volumes: [
        { name: 'settings', configMap: { name: config.name } },
        ...passwords.volumes,
        { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: k8s.Quantity.fromString('1Mi') } },
      ],
      claims: [{ name: 'data', mebibytes: 2048 }],
      ports: [{ name: 'mysql', port: PORT }],
      grace: Duration.seconds(30),
      group: USER,
    });
  }

  public override _binding(): Binding {
    return { ports: [{ port: PORT }], env: [], secrets: [this.name] };
  }
}
