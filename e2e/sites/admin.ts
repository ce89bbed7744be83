import { App, Size } from 'cdk8s';
import { Admin, CachePool, Site } from '../../constructs';

const app = new App();
const site = new Site(app, 'e2e-admin', { domain: 'example.org' });
new CachePool(site, 'memc', { ram: Size.mebibytes(128) });
new Admin(site, 'admin', { ram: Size.mebibytes(512), volume: Size.gibibytes(1) });
app.synth();
