import { ApiObject, Duration, Size, SizeRoundingBehavior } from 'cdk8s';
import { flux } from '../core/imports';
import { checked } from '../core/inputs/checked';
import { keptMetadata } from '../core/kept';
import { checkName, problem, wholeMebibytes, wholeSeconds } from '../core/problems';
import type { Role } from '../core/role';
import { urlIn } from '../core/text';
import { checkObjectName } from '../core/values';

/** Properties for `GitOps.flux`. */
export interface FluxProps {
  /** The address of the repository: `https://git.example.org/ams` or `ssh://git@git.example.org/ams`. */
  readonly repository: string;

  /**
   * The branch that the cluster follows.
   *
   * @default main
   */
  readonly branch?: string;

  /**
   * The folder of the manifests in the repository.
   *
   * @default dist
   */
  readonly path?: string;

  /**
   * How often Flux looks for a commit, and undoes what was changed by hand. At least 10 seconds.
   *
   * @default Duration.seconds(30)
   */
  readonly interval?: Duration;

  /**
   * The Secret `dfw-<secret>` by which Flux reads the repository: `username` and `password`, or `identity` and `known_hosts`. Make it
   * yourself.
   *
   * @default - anyone may read the repository
   */
  readonly secret?: string;

  /**
   * The RAM of Flux' controllers, which is taken out of the Admin's slice. They run in Flux' own namespace.
   *
   * Of several sites in a cluster, one pays for the controllers: write `Size.mebibytes(0)` in the others.
   *
   * @default Size.mebibytes(256) - two controllers of 128 MiB, as in helm-values/flux2.yaml; idle they took 81 and 69 MiB
   */
  readonly ram?: Size;
}

/** Properties for `GitOps.argoCD`. */
export interface ArgoCDProps {
  /** The address of the repository, as Argo CD knows it. */
  readonly repository: string;

  /**
   * The branch that the cluster follows.
   *
   * @default main
   */
  readonly branch?: string;

  /**
   * The folder of the manifests in the repository.
   *
   * @default dist
   */
  readonly path?: string;

  /**
   * Whether what was changed by hand is undone; otherwise Argo CD only shows it.
   *
   * @default true
   */
  readonly correct?: boolean;

  /**
   * Argo CD's project.
   *
   * @default default
   */
  readonly project?: string;

  /**
   * Argo CD's namespace.
   *
   * @default argocd
   */
  readonly namespace?: string;
}

/**
 * A way to keep the cluster as a Git repository says. The program that does it is an add-on of the cluster (docs/git-ops.md).
 *
 * It never deletes data: the namespaces, and with them the volumes and Secrets, stay.
 */
@checked
export class GitOps {
  /** By Flux: a GitRepository and a Kustomization in the site's namespace. */
  public static flux(props: FluxProps): GitOps {
    return new GitOps(
      (admin) => addFlux(admin, props),
      (admin) => ramOf(admin, props.ram ?? Size.mebibytes(256)),
    );
  }

  /** By Argo CD: an Application in its namespace. */
  public static argoCD(props: ArgoCDProps): GitOps {
    return new GitOps(
      (admin) => addApplication(admin, props),
      () => 0,
    );
  }

  private constructor(
    private readonly add: (admin: Role) => void,
    private readonly mebibytes: (admin: Role) => number,
  ) {}

  /** @internal */
  public _addTo(admin: Role): void {
    this.add(admin);
  }

  /**
   * The RAM that it takes of the Admin's slice, in MiB.
   *
   * @internal
   */
  public _mebibytes(admin: Role): number {
    return this.mebibytes(admin);
  }
}

function ramOf(admin: Role, ram: Size): number {
  return ram.toKibibytes({ rounding: SizeRoundingBehavior.NONE }) === 0 ? 0 : wholeMebibytes(admin, 'gitOps.ram', ram);
}

/** How long the pods of a commit may take before Flux calls it failed, and looks at the next commit: a revert waits no longer. */
const TIMEOUT = '25s';
/** Until a commit whose pods took longer is looked at again. */
const RETRY = '15s';

function addFlux(admin: Role, props: FluxProps): void {
  const { repository, branch = 'main', path = 'dist', interval, secret } = props;
  const { site, chart } = admin;
  const seconds = interval ? wholeSeconds(admin, 'gitOps.interval', interval) : 30;
  if (seconds < 10 || seconds > LONGEST_INTERVAL)
    problem(admin, 'gitOps.interval', interval, 'write Duration.seconds(10) or more, up to Duration.days(1)');
  checkSource(admin, repository, branch, path);
  if (secret !== undefined) checkObjectName(admin, 'gitOps.secret', secret);
  // Flux would end what it is doing if it pruned these.
  const metadata = keptMetadata({ ...admin._metadata(site.name), namespace: site.namespace });
  new flux.GitRepository(chart, 'git-repository', {
    metadata,
    spec: {
      url: repository,
      ref: { branch },
      interval: `${seconds}s`,
      timeout: '20s',
      ...(secret === undefined ? {} : { secretRef: { name: `${site.name}-${secret}` } }),
    },
  });
  new flux.Kustomization(chart, 'kustomization', {
    metadata,
    spec: {
      sourceRef: { kind: flux.KustomizationSpecSourceRefKind.GIT_REPOSITORY, name: site.name },
      path: `./${path}`,
      interval: `${seconds}s`,
      retryInterval: RETRY,
      timeout: TIMEOUT,
      wait: true,
      prune: true,
      // The site stays where its Kustomization goes.
      deletionPolicy: flux.KustomizationSpecDeletionPolicy.ORPHAN,
    },
  });
}

function addApplication(admin: Role, props: ArgoCDProps): void {
  const {
    repository,
    branch = 'main',
    path = 'dist',
    correct = true,
    project = 'default',
    namespace = 'argocd',
  } = props;
  const { site, chart } = admin;
  checkSource(admin, repository, branch, path);
  checkObjectName(admin, 'gitOps.project', project);
  checkName(admin, 'gitOps.namespace', namespace);
  new ApiObject(chart, 'application', {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    // Without a finalizer: the site stays where its Application goes.
    metadata: keptMetadata({ ...admin._metadata(site.name), namespace }),
    spec: {
      project,
      source: { repoURL: repository, targetRevision: branch, path },
      destination: { server: 'https://kubernetes.default.svc', namespace: site.namespace },
      syncPolicy: {
        automated: { prune: true, selfHeal: correct },
        syncOptions: ['ServerSideApply=true', 'PruneLast=true'],
      },
    },
  });
}

/** A site that is compared less than once a day drifts unseen. */
const LONGEST_INTERVAL = 86_400;

/** A branch as Git has it (git-check-ref-format), as far as a mistake is likely. */
const BRANCH = /^(?![/.-])(?!.*(\.\.|\/\/|\/\.|\.lock(\/|$)))[A-Za-z0-9._/-]*[A-Za-z0-9_-]$/;
const FOLDER = /^(?!\/)(?!.*\/\/)[A-Za-z0-9._/-]+$/;

function checkSource(admin: Role, repository: string, branch: string, path: string): void {
  const url = urlIn(repository, ['http', 'https', 'ssh']);
  if (!url)
    problem(admin, 'gitOps.repository', repository, "write a whole address, such as 'https://git.example.org/ams'");
  else if (url.password || (url.username && url.protocol !== 'ssh:'))
    problem(
      admin,
      'gitOps.repository',
      url.host,
      'it has a password or a token in it; put that into a Secret, and leave it out here',
    );
  else if (url.pathname.length < 2)
    problem(admin, 'gitOps.repository', repository, "name the repository, too, such as 'https://git.example.org/ams'");
  if (!BRANCH.test(branch)) problem(admin, 'gitOps.branch', branch, "write the name of a branch, such as 'main'");
  if (!FOLDER.test(path) || path.split('/').includes('..'))
    problem(admin, 'gitOps.path', path, "write a folder of the repository, such as 'dist'");
}
