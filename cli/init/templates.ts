import { devDependencies, peerDependencies, version } from '../../package.json';

/** The site of a new project. Others are named after it: a change of its name changes the names of all slices. */
const SITE = (name: string, domain: string) => `import { App, Size } from 'cdk8s';
import { Balancer, CachePool, Durability, Images, ReplicatedMySQL, Site, StaticFiles, WebServer, WebTier } from 'cdk8s-slices';

/** The site: its servers, their RAM, and what uses what. */
export function addSite(app: App): Site {
  // The release command writes the file: npx cdk8s-slices release web=IMAGE
  const images = Images.fromFile('images.json');
  const site = new Site(app, '${name}', { domain: '${domain}' });

  const db = new ReplicatedMySQL(site, 'db', {
    ram: Size.mebibytes(512),
    durability: Durability.PREFERRED,
    databases: ['app'],
  });
  const cache = new CachePool(site, 'memc', { ram: Size.mebibytes(256) });

  const web = new WebTier(site, 'web', {
    ram: Size.mebibytes(512),
    slices: 2,
    image: images.of('web'),
    server: WebServer.httpd(),
    uses: [db, cache],
    files: { '/usr/local/apache2/htdocs/index.html': '<h1>Two slices say hello</h1>\\n' },
  });

  new Balancer(site, 'lb', {
    ram: Size.mebibytes(256),
    web,
    staticFiles: [StaticFiles.fromText({ '/robots.txt': 'User-agent: *\\n' })],
  });
  return site;
}
`;

const MAIN = `import { App } from 'cdk8s';
import { addSite } from './site';

const app = new App();
addSite(app);
app.synth();
`;

const TEST = `import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strictEqual } from 'node:assert';
import { test } from 'node:test';
import { App } from 'cdk8s';
import { addSite } from './site';

const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'dist-')) });
const site = addSite(app);

test('the site has no mistake that synthesis finds', () => app.synth());

test('the slices take as much RAM as the machines are paid for', () => {
  const mebibytes = site.roles.flatMap(({ slices }) => slices).reduce((sum, { ram }) => sum + ram.toMebibytes(), 0);
  strictEqual(mebibytes, 3072);
});
`;

const CDK8S = `language: typescript
app: tsc --noEmit >&2 && tsx main.ts
`;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'commonjs',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  },
  include: ['*.ts'],
};

/** Parts of package.json that a project needs. */
export const PACKAGE = {
  scripts: {
    check: 'tsc --noEmit',
    test: 'tsc --noEmit && node --import tsx --test site.test.ts',
    synth: 'cdk8s synth',
  },
  dependencies: { 'cdk8s-slices': `^${version}`, ...peerDependencies },
  devDependencies: {
    '@types/node': `^${devDependencies['@types/node']}`,
    'cdk8s-cli': `^${devDependencies['cdk8s-cli']}`,
    tsx: `^${devDependencies.tsx}`,
    typescript: `^${devDependencies.typescript}`,
  },
};

/** The files of a new project, but for package.json. */
export function filesOf(name: string, domain: string): Readonly<Record<string, string>> {
  return {
    'site.ts': SITE(name, domain),
    'main.ts': MAIN,
    'site.test.ts': TEST,
    'images.json': json({ web: 'docker.io/library/httpd:2.4' }),
    'cdk8s.yaml': CDK8S,
    'tsconfig.json': json(TSCONFIG),
    '.gitignore': 'node_modules\n',
  };
}

export function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
