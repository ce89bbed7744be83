import { Duration, Size } from 'cdk8s';
import { Role, Site } from '../constructs';
import { container } from '../constructs/core/container';
import { Binding, envName, secretEnv } from '../constructs/core/binding';
import { SecretValue } from '../constructs/core/secrets';
import { runOnSlices } from '../constructs/core/workload';

const SCRIPT = `
[ -d /data/db ] || mysqld --no-defaults --initialize-insecure --datadir=/data/db
cat > /tmp/init.sql <<END
CREATE DATABASE IF NOT EXISTS site;
CREATE USER IF NOT EXISTS 'site'@'%' IDENTIFIED BY '$PASSWORD';
GRANT ALL ON site.* TO 'site'@'%';
END
exec mysqld --no-defaults --datadir=/data/db --socket=/tmp/mysql.sock --pid-file=/tmp/mysqld.pid --mysqlx=OFF \\
  --innodb-buffer-pool-size=64M --performance-schema=OFF --skip-log-bin --init-file=/tmp/init.sql
`;

/** One mysqld on one slice: what a test of something else needs of a database. */
export class PlainMySql extends Role {
  constructor(site: Site, id = 'db') {
    super(site, id, { slices: 1, ram: Size.mebibytes(640) });
    const secret = `${this.name}-site`;
    site._requireSecret({ name: secret, namespaces: [this.namespace], keys: { password: SecretValue.PASSWORD } });
    runOnSlices(this, {
      containers: [
        container({
          name: 'mysqld',
          image: 'docker.io/library/mysql:9.7',
          mebibytes: 640,
          command: ['/bin/sh', '-ec', SCRIPT],
          env: [secretEnv('PASSWORD', secret, 'password')],
          user: 999,
          ports: [{ containerPort: 3306 }],
          mounts: [
            { name: 'data', mountPath: '/data' },
            { name: 'tmp', mountPath: '/tmp' },
          ],
          readiness: {
            exec: { command: ['mysqladmin', '--socket=/tmp/mysql.sock', '-uroot', 'ping'] },
            periodSeconds: 2,
          },
        }),
      ],
      volumes: [
        { name: 'data', emptyDir: {} },
        { name: 'tmp', emptyDir: {} },
      ],
      ports: [{ name: 'mysql', port: 3306 }],
      grace: Duration.seconds(30),
      group: 999,
    });
  }

  public override _binding(): Binding {
    const name = (what: string) => envName(this.node.id, what);
    return {
      ports: [{ port: 3306 }],
      env: [
        { name: name('HOST'), value: this._address(this.slices[0]?.name ?? '') },
        { name: name('PORT'), value: '3306' },
        { name: name('NAME'), value: 'site' },
        { name: name('USER'), value: 'site' },
        secretEnv(name('PASSWORD'), `${this.name}-site`, 'password'),
      ],
      secrets: [`${this.name}-site`],
    };
  }
}
