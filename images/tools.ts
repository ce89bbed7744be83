import { spawnSync } from 'node:child_process';

/** Runs a program with this one's output, and throws where it fails. */
export function run(program: string, args: string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
}

/** What a program prints, or undefined where it fails or is not installed. */
export function tryOutput(program: string, args: string[]): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
  return status === 0 ? stdout.trim() : undefined;
}

/** podman, or docker where there is no podman. */
export function builder(): string {
  const found = ['podman', 'docker'].find((program) => tryOutput(program, ['--version']));
  if (!found) throw new Error('neither podman nor docker is installed');
  return found;
}

/**
 * The command that takes image names and puts them on the nodes of the cluster that KUBECONFIG names, told by its
 * context's name.
 *
 * @throws where the context is of no kind that is known.
 */
export function loaderFor(context: string, program: string): string {
  const [, kind, name] = /^(kind|k3d)-(.+)$/.exec(context) ?? [];
  if (kind === 'k3d') return `k3d image import --cluster ${name}`;
  if (kind === 'kind') {
    const provider = program === 'podman' ? 'KIND_EXPERIMENTAL_PROVIDER=podman ' : '';
    return `${provider}kind load docker-image --name ${name}`;
  }
  if (context === 'minikube') return 'minikube image load';
  throw new Error(
    `no way is known to load an image into the cluster of context '${context}'; ` +
      'name a command that takes image names by --load, or a registry by --push',
  );
}

/** The images that every node of the cluster already has, by all their names; none where there is no cluster. */
export function imagesOnEveryNode(): Set<string> {
  const nodes = tryOutput('kubectl', ['get', 'nodes', '-o', 'json']);
  if (!nodes) return new Set();
  const { items } = JSON.parse(nodes) as { items: { status: { images?: { names?: string[] }[] } }[] };
  const sets = items.map(({ status }) => new Set((status.images ?? []).flatMap(({ names }) => names ?? [])));
  const [first, ...others] = sets;
  return new Set([...(first ?? [])].filter((name) => others.every((set) => set.has(name))));
}
