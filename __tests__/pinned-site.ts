import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(__dirname, '..');

const MAIN = (image: string, reads: boolean) => `import { App, Size } from '${ROOT}/node_modules/cdk8s';
import { Images, Site, WebTier } from '${ROOT}/constructs';
const app = new App();
const images = ${reads ? "{ digests: Images.digestsFromFile('images.lock.json') }" : '{}'};
const site = new Site(app, 'dfw', { domain: 'example.org', images });
new WebTier(site, 'web', { ram: Size.mebibytes(512), image: '${image}' });
app.synth();
`;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A project whose site runs an image, and the command that pins it, as its users run it. */
export class PinnedSite {
  private readonly cwd = mkdtempSync(join(tmpdir(), 'pin-'));

  constructor(image: string, reads = true) {
    writeFileSync(join(this.cwd, 'main.ts'), MAIN(image, reads));
  }

  /** Logs in to a registry, as `docker login` does. */
  public logIn(host: string, auth: string): void {
    writeFileSync(join(this.cwd, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  }

  public async pin(...args: string[]): Promise<Ran> {
    const program = [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), join(ROOT, 'cli/main.ts'), 'pin', 'main.ts'];
    const path = `${ROOT}/node_modules/.bin:${process.env['PATH']}`;
    const env = { ...process.env, PATH: path, DOCKER_CONFIG: this.cwd };
    return promisify(execFile)(process.execPath, [...program, ...args], { cwd: this.cwd, env }).then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      ({ code, stdout, stderr }) => ({ code: code as number, out: stdout as string, err: stderr as string }),
    );
  }

  public lock(): object {
    return JSON.parse(readFileSync(join(this.cwd, 'images.lock.json'), 'utf8')) as object;
  }
}
