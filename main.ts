import { App, Size } from 'cdk8s';
import { Admin, BlobEngine, BlobStore, CachePool, ReplicatedMySQL, Site } from './constructs';

const app = new App();
const dfw = new Site(app, 'dfw', { domain: 'dreamwidth.example' });

new CachePool(dfw, 'memc', { slices: 2, ram: Size.mebibytes(512) });
const db = new ReplicatedMySQL(dfw, 'db', { ram: Size.gibibytes(1), databases: ['journal', 'mogilefs'] });
new BlobStore(dfw, 'mog', {
  ram: Size.mebibytes(256),
  engine: BlobEngine.mogileFs({ database: db, classes: { userpics: 2, media: 2 } }),
});
new Admin(dfw, 'admin', { ram: Size.mebibytes(512) });

app.synth();
