import { App, Duration, Size } from 'cdk8s';
import { Admin, CachePool, GitOps, Site } from '../../constructs';

/** The site of a commit. */
const {
  REPOSITORY = 'http://git.example.org/e2e-gitops',
  IMAGE = 'docker.io/library/memcached:1.6',
  RETENTION = '30',
  WITHOUT,
} = process.env;

const app = new App();
const site = new Site(app, 'e2e-gitops', { domain: 'example.org' });
// It comes before the others, so that their files would have other numbers without it.
if (!WITHOUT) new CachePool(site, 'former', { ram: Size.mebibytes(128), slices: 1 });
new CachePool(site, 'memc', { ram: Size.mebibytes(128), image: IMAGE });
new Admin(site, 'admin', {
  ram: Size.mebibytes(512),
  storage: Size.gibibytes(1),
  retention: Duration.days(Number(RETENTION)),
  gitOps: GitOps.flux({ repository: REPOSITORY, path: 'dist' }),
});
app.synth();
