import { App, Size } from 'cdk8s';
import { CachePool, ReplicatedMySQL, Site } from './constructs';

const app = new App();
const dfw = new Site(app, 'dfw', { domain: 'dreamwidth.example' });

new CachePool(dfw, 'memc', { slices: 2, ram: Size.mebibytes(512) });
new ReplicatedMySQL(dfw, 'db', { ram: Size.gibibytes(1), databases: ['journal'] });

app.synth();
