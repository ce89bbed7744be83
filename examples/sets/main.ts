import { App, Size } from 'cdk8s';
import { Durability, MySQLSets, ReplicatedMySQL, Site, WebTier } from '../../constructs';

const app = new App();
const site = new Site(app, 'lon', { domain: 'journal.example' });
const durability = Durability.REQUIRED;

// lon-global01, lon-global02; then lon-users-101, lon-users-102, …
const global = new ReplicatedMySQL(site, 'global', { ram: Size.gibibytes(1), durability, databases: ['accounts'] });
const users = (id: string) =>
  new ReplicatedMySQL(site, id, { ram: Size.gibibytes(2), durability, databases: ['journal'] });

// The first cluster is full: it keeps its users, and new ones go to the second.
const db = new MySQLSets(site, 'db', {
  global,
  clusters: [{ database: users('users-1'), weight: 0 }, { database: users('users-2') }],
});

new WebTier(site, 'web', {
  ram: Size.gibibytes(1),
  slices: 2,
  image: 'ghcr.io/journal.example/web:1',
  uses: [db],
});

app.synth();
