import { App, Size } from 'cdk8s';
import { ReplicatedMySQL, Site } from '../../constructs';

const app = new App();
const site = new Site(app, process.env['SITE'] ?? 'mysql-bench', { domain: 'example.org' });
new ReplicatedMySQL(site, 'db', { ram: Size.mebibytes(512), databases: ['bench'], storage: Size.gibibytes(2) });

app.synth();
