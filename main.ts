import { App, Size } from 'cdk8s';
import { CachePool, Site } from './constructs';

const app = new App();
const dfw = new Site(app, 'dfw', { domain: 'dreamwidth.example' });

new CachePool(dfw, 'memc', { slices: 2, ram: Size.mebibytes(512) });

app.synth();
