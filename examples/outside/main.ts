import { join } from 'node:path';
import { App, Size } from 'cdk8s';
import {
  Balancer,
  ExternalBlobStore,
  ExternalCache,
  ExternalDatabase,
  ExternalPeer,
  Files,
  Site,
  WebTier,
} from '../../constructs';

const app = new App();
const site = new Site(app, 'guests', { domain: 'guests.example' });
const { DB_HOST = '10.20.0.15', CACHE = '10.20.0.16:11211', IMAGE = 'registry.example.org/guests:1' } = process.env;

const password = { secret: 'guests-database', key: 'password' };
const db = new ExternalDatabase(site, 'db', { host: DB_HOST, databaseName: 'guests', user: 'guests', password });
const memc = new ExternalCache(site, 'memc', { servers: [CACHE] });
const files = new ExternalBlobStore(site, 'files', {
  endpoint: 'https://s3.example.net',
  bucket: 'guests',
  accessKey: { secret: 'guests-s3', key: 'AWS_ACCESS_KEY_ID' },
  secretKey: { secret: 'guests-s3', key: 'AWS_SECRET_ACCESS_KEY' },
  peer: ExternalPeer.cidrs(['198.51.100.0/24']),
});

const code = Files.ofFolder(join(__dirname, 'app'), '/var/www/html/guests');
const uses = [db, memc, files];
const web = new WebTier(site, 'web', {
  ram: Size.mebibytes(256),
  image: IMAGE,
  files: code,
  uses,
  healthPath: '/guests/healthy.html',
});
new Balancer(site, 'lb', { ram: Size.mebibytes(128), web });

app.synth();
