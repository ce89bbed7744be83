/**
 * The wiki of examples/wiki as it is made without this library: Deployments, a StatefulSet and Services as Kubernetes' own pages show
 * them, one MySQL on one volume, and readiness probes at Kubernetes' default period. What bench:site compares with.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { k8s } from '../../constructs';
import { ROOT } from '../kubernetes';

const NAME = 'plain';
const WIKI = 'docker.io/library/mediawiki:1.43';

const MYSQL = `
[ -d /data/db ] || mysqld --no-defaults --initialize-insecure --datadir=/data/db
cat > /tmp/init.sql <<END
CREATE DATABASE IF NOT EXISTS wiki;
CREATE USER IF NOT EXISTS 'wiki'@'%' IDENTIFIED BY 'wiki';
GRANT ALL ON wiki.* TO 'wiki'@'%';
END
exec mysqld --no-defaults --datadir=/data/db --socket=/tmp/mysql.sock --pid-file=/tmp/mysqld.pid --mysqlx=OFF \\
  --innodb-buffer-pool-size=256M --init-file=/tmp/init.sql
`;

const APACHE = `
mkdir -p /run/apache2 && . /etc/apache2/envvars
sed -i 's#DocumentRoot .*#DocumentRoot /var/www/html#' /etc/apache2/sites-enabled/000-default.conf
exec apache2 -DFOREGROUND
`;

const app = new App();
new k8s.KubeNamespace(new Chart(app, `${NAME}-namespace`), 'namespace', { metadata: { name: NAME } });
const chart = new Chart(app, NAME, { namespace: NAME, disableResourceNameHashes: true });

const folder = join(ROOT, 'examples/wiki/mediawiki');
const files = ['LocalSettings.php', 'install.sh', 'run-jobs.sh'].map((file) => [
  file,
  readFileSync(join(folder, file), 'utf8'),
]);
new k8s.KubeConfigMap(chart, 'files', {
  metadata: { name: 'files' },
  data: Object.fromEntries([...files, ['health.php', '<?php echo "ok";']]),
});

const env = Object.entries({
  DB_HOST: 'db',
  DB_PORT: '3306',
  DB_NAME: 'wiki',
  DB_USER: 'wiki',
  DB_PASSWORD: 'wiki',
  MEMC_SERVERS: 'memc-0.memc:11211,memc-1.memc:11211',
  MW_CONFIG_FILE: '/etc/mediawiki/LocalSettings.php',
  WIKI_URL: 'http://wiki.example',
  WIKI_SECRET_KEY: 'a key of this comparison alone, 64 letters long or even longer',
  WIKI_ADMIN_PASSWORD: 'compared-with',
}).map(([name, value]) => ({ name, value }));

function ram(mebibytes: number): k8s.ResourceRequirements {
  const memory = k8s.Quantity.fromString(`${mebibytes}Mi`);
  return { requests: { memory }, limits: { memory } };
}

/** Pods of one name, spread over the nodes. */
function pods(name: string, spec: k8s.PodSpec) {
  const labels = { 'app.kubernetes.io/name': name };
  const spread = {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: labels },
  };
  return {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { ...spec, topologySpreadConstraints: [spread] } },
  };
}

function service(name: string, port: number, more: k8s.ServiceSpec = {}): void {
  const targetPort = k8s.IntOrString.fromNumber(port);
  new k8s.KubeService(chart, `${name}-service`, {
    metadata: { name },
    spec: { selector: { 'app.kubernetes.io/name': name }, ports: [{ port, targetPort }], ...more },
  });
}

new k8s.KubeStatefulSet(chart, 'db', {
  metadata: { name: 'db' },
  spec: {
    serviceName: 'db',
    ...pods('db', {
      securityContext: { runAsUser: 999, fsGroup: 999 },
      containers: [
        {
          name: 'mysqld',
          image: 'docker.io/library/mysql:9.7',
          command: ['/bin/sh', '-ec', MYSQL],
          resources: ram(512),
          readinessProbe: { tcpSocket: { port: k8s.IntOrString.fromNumber(3306) } },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
    }),
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: k8s.Quantity.fromString('2Gi') } },
        },
      },
    ],
  },
});
service('db', 3306);

new k8s.KubeStatefulSet(chart, 'memc', {
  metadata: { name: 'memc' },
  spec: {
    serviceName: 'memc',
    replicas: 2,
    ...pods('memc', {
      containers: [
        {
          name: 'memcached',
          image: 'docker.io/library/memcached:1.6',
          command: ['memcached', '-u', 'nobody', '-m', '100'],
          resources: ram(128),
        },
      ],
    }),
  },
});
service('memc', 11211, { clusterIp: 'None' });

const code = {
  image: WIKI,
  env,
  volumeMounts: [
    { name: 'files', mountPath: '/etc/mediawiki' },
    { name: 'files', mountPath: '/var/www/html/health.php', subPath: 'health.php' },
  ],
};
const volumes = [{ name: 'files', configMap: { name: 'files' } }];

new k8s.KubeJob(chart, 'install', {
  metadata: { name: 'install' },
  spec: {
    backoffLimit: 20,
    template: {
      spec: {
        restartPolicy: 'OnFailure',
        containers: [{ name: 'install', ...code, command: ['sh', '/etc/mediawiki/install.sh'], resources: ram(512) }],
        volumes,
      },
    },
  },
});

new k8s.KubeDeployment(chart, 'jobs', {
  metadata: { name: 'jobs' },
  spec: pods('jobs', {
    containers: [{ name: 'run', ...code, command: ['sh', '/etc/mediawiki/run-jobs.sh'], resources: ram(256) }],
    volumes,
  }),
});

new k8s.KubeDeployment(chart, 'web', {
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    ...pods('web', {
      containers: [
        {
          name: 'apache',
          ...code,
          command: ['/bin/sh', '-ec', APACHE],
          resources: ram(512),
          readinessProbe: { httpGet: { path: '/health.php', port: k8s.IntOrString.fromNumber(80) } },
        },
      ],
      volumes,
    }),
  },
});
service('web', 80, { type: 'LoadBalancer' });

chart.addDependency(...app.charts.filter((each) => each !== chart));
app.synth();
