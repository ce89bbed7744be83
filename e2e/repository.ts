import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get, until } from './kubernetes';
import { withCluster } from './support';

const cluster = process.env['CLUSTER'];
const CRD = 'customresourcedefinition/kustomizations.kustomize.toolkit.fluxcd.io';
export const KUSTOMIZATION = 'kustomization.kustomize.toolkit.fluxcd.io';

/** Tests that need Flux, and a program that serves a Git repository to it. */
export const withFlux = ((): typeof describe.skip => {
  const isThere = process.env['KUBECONFIG'] !== undefined && spawnSync('kubectl', ['get', CRD]).status === 0;
  if (cluster && isThere) return withCluster;
  process.stderr.write('CLUSTER serves no Git repository, or Flux is not installed: skipped\n');
  return describe.skip;
})();

/** A Git repository that the cluster reads, with the manifests of one site in dist. */
export class Repository {
  public readonly folder = mkdtempSync(join(tmpdir(), 'e2e-git-'));
  /** As Flux knows it. */
  public readonly address: string;

  constructor() {
    this.git('init', '--quiet', '--initial-branch=main');
    this.git('config', 'user.name', 'e2e');
    this.git('config', 'user.email', 'e2e@example.org');
    this.git('commit', '--quiet', '--allow-empty', '--message', 'Begin');
    this.address = execFileSync(cluster!, ['git', this.folder], { encoding: 'utf8' }).trim().split('\n').pop()!;
  }

  public git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.folder, encoding: 'utf8' }).trim();
  }

  /** Commits what was synthesized, and gives back the commit. */
  public commit(message: string, manifests: string): string {
    rmSync(join(this.folder, 'dist'), { recursive: true, force: true });
    cpSync(manifests, join(this.folder, 'dist'), { recursive: true });
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', message);
    return this.git('rev-parse', 'HEAD');
  }

  /** The seconds until Flux has applied a commit, and found all of it well. */
  public async applied(namespace: string, revision: string, seconds: number): Promise<number> {
    const begin = performance.now();
    await until(
      `revision ${revision}`,
      async () => {
        const { status } = await get('-n', namespace, KUSTOMIZATION, namespace);
        return status?.lastAppliedRevision?.endsWith(revision);
      },
      seconds,
    );
    return Math.round((performance.now() - begin) / 1000);
  }
}
