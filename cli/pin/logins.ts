import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/**
 * The login of a registry as `docker login` or `podman login` left it, for HTTP's `Basic`; undefined where there is none.
 *
 * @see https://docs.docker.com/reference/cli/docker/login/
 */
export function loginOf(host: string): string | undefined {
  const names = host === 'docker.io' ? ['https://index.docker.io/v1/', 'docker.io', 'index.docker.io'] : [host];
  for (const file of files().filter((each) => existsSync(each))) {
    const { auths = {}, credsStore, credHelpers = {} } = parsed<DockerConfig>(`'${file}'`, readFileSync(file, 'utf8'));
    for (const name of names) {
      const helper = credHelpers[name] ?? (name in auths ? credsStore : undefined);
      const login = auths[name]?.auth ?? (helper === undefined ? undefined : askHelper(helper, name));
      if (login !== undefined) return login;
    }
  }
  return undefined;
}

function files(): string[] {
  const { DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR } = process.env;
  return [
    ...(REGISTRY_AUTH_FILE === undefined ? [] : [REGISTRY_AUTH_FILE]),
    join(DOCKER_CONFIG ?? join(homedir(), '.docker'), 'config.json'),
    ...(XDG_RUNTIME_DIR === undefined ? [] : [join(XDG_RUNTIME_DIR, 'containers', 'auth.json')]),
  ];
}

/** A helper keeps logins where the system keeps passwords. */
function askHelper(helper: string, name: string): string | undefined {
  const options = { input: name, encoding: 'utf8', env: process.env } as const;
  const { status, stdout } = spawnSync(`docker-credential-${helper}`, ['get'], options);
  if (status !== 0) return undefined;
  const { Username: user, Secret: secret } = parsed<{ Username: string; Secret: string }>(
    `what docker-credential-${helper} answers`,
    stdout,
  );
  return Buffer.from(`${user}:${secret}`).toString('base64');
}

function parsed<T>(what: string, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    // The parser's own error has a piece of the text, which may be of a password.
    throw new Error(`${what} is no JSON`);
  }
}
