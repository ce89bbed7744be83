import { App, Size } from 'cdk8s';
import { Admin, CachePool, JobWorkers, Notify, Site } from '../../constructs';

/** The address of a server that takes messages, and the network that it is in. */
const [host, cidr] = [process.env['RECEIVER'] ?? '10.96.0.10', process.env['NETWORK'] ?? '10.244.0.0/16'];
const url = `http://${host}:8080`;
/** The node of that server: where another one is lost, both the Admin and the server go on. */
const node = process.env['RECEIVER_NODE'];

const app = new App();
const site = new Site(app, 'e2e-notify', { domain: 'example.org' });
new CachePool(site, 'memc', { ram: Size.mebibytes(128) });
new JobWorkers(site, 'jobs', {
  ram: Size.mebibytes(64),
  image: 'ghcr.io/cdk8s-slices/theschwartz:1.12',
  // It crashes at once, so that no kubelet ever lists it.
  workers: [{ name: 'crashing', command: ['sh', '-c', 'exit 1'] }],
});
new Admin(site, 'admin', {
  ram: Size.mebibytes(512),
  storage: Size.gibibytes(1),
  ...(node ? { scheduling: { nodeSelector: { 'kubernetes.io/hostname': node } } } : {}),
  notify: [
    Notify.email({ to: ['ops@example.org'], server: host, port: 2525, tls: false, cidr }),
    Notify.webhook({ url: `${url}/webhook`, cidr }),
    Notify.slack({ secret: { secret: 'slack', key: 'url' }, channel: '#ops', port: 8080, cidr }),
  ],
  watchdog: Notify.webhook({ url: `${url}/watchdog`, cidr }),
});
app.synth();
