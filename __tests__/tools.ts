import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Inputs beside a clone that are no part of the repository. */
export const SHARED = resolve(__dirname, '../../shared');

/** A program that tests run, how to see that it is installed, and the Debian packages that have it. */
export interface Tool {
  readonly check: readonly [program: string, ...args: string[]];
  /** Empty where Debian's stable release lacks the program. */
  readonly packages: readonly string[];
  /** How else to get it. */
  readonly otherwise?: string;
}

export const TOOLS = {
  amtool: { check: ['amtool', '--version'], packages: ['prometheus-alertmanager'] },
  apache: { check: ['apache2', '-v'], packages: ['apache2-bin'] },
  chromium: { check: ['chromium', '--version'], packages: ['chromium', 'fonts-dejavu-core'] },
  codespell: { check: ['codespell', '--version'], packages: ['codespell'] },
  'docker-registry': { check: ['docker-registry', '--version'], packages: ['docker-registry'] },
  fish: { check: ['fish', '--version'], packages: ['fish'] },
  haproxy: { check: ['haproxy', '-v'], packages: ['haproxy'] },
  kubectl: { check: ['kubectl', 'version', '--client'], packages: ['kubernetes-client'] },
  mysqld: {
    check: ['sh', '-c', 'mysqld --no-defaults --version | grep -v MariaDB | grep -q Ver'],
    packages: [],
    otherwise: 'with the image docker.io/library/mysql:9.7 in podman, write: PATH=$(.ci/mysqld):$PATH',
  },
  nginx: {
    // The module is built into nginx' own packages, and a package of its own in Debian.
    check: ['sh', '-c', 'nginx -V 2>&1 | grep -qE -- "--with-stream( |$)" || ls /etc/nginx/modules-enabled/*stream*'],
    packages: ['nginx-light', 'libnginx-mod-stream'],
  },
  openssl: { check: ['openssl', 'version'], packages: ['openssl'] },
  perlbal: {
    check: ['perl', '-MPerlbal', '-MIO::AIO', '-MBSD::Resource', '-e', '1'],
    packages: ['perlbal', 'libio-aio-perl', 'libbsd-resource-perl'],
  },
  'php-fpm': { check: ['sh', '-c', 'command -v php-fpm || ls /usr/sbin/php-fpm[0-9]*'], packages: ['php-fpm'] },
  // Its first process has to be root's.
  postfix: { check: ['sh', '-c', 'test "$(id -u)" = 0 && postconf -h mail_version'], packages: ['postfix'] },
  python: {
    check: ['python3', '-c', 'import boto3, cdk8s, moto.server, mypy'],
    packages: [],
    otherwise: 'write: PATH=$(.ci/python):$PATH',
  },
  promtool: { check: ['promtool', '--version'], packages: ['prometheus'] },
  shellcheck: { check: ['shellcheck', '--version'], packages: ['shellcheck'] },
  theschwartz: {
    check: ['perl', '-MTheSchwartz', '-MDBD::mysql', '-e', '1'],
    packages: ['libtheschwartz-perl', 'libdbd-mysql-perl'],
  },
  valkey: {
    check: ['valkey-server', '--version'],
    packages: [],
    otherwise: 'with the image docker.io/valkey/valkey:8.1 in podman, write: PATH=$(.ci/valkey):$PATH',
  },
  zsh: { check: ['zsh', '--version'], packages: ['zsh'] },
} satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

export function isInstalled(name: ToolName): boolean {
  const [program, ...args] = TOOLS[name].check;
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** How to get a tool that is missing. */
export function remedy(name: ToolName): string {
  const { packages, otherwise }: Tool = TOOLS[name];
  return `${name} is not installed; ${otherwise ?? `write: apt-get install ${packages.join(' ')}`}`;
}

/**
 * `test`, for a test that runs these programs. Where one is missing the test is skipped, and the reason is printed. In CI
 * the test fails instead, unless `TESTS_WITHOUT` names the tool.
 */
export function testWith(...names: ToolName[]): jest.It {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return test;
  const reason = missing.map(remedy).join('. ');
  if (mayBeMissing(missing)) {
    process.stderr.write(`Tests are skipped: ${reason}\n`);
    return test.skip;
  }
  const failing = (name: string) =>
    test(name, () => {
      throw new Error(reason);
    });
  return Object.assign(failing, { each: () => failing }) as unknown as jest.It;
}

/** `test`, for a test that reads folders of ../shared, which a clone by itself lacks: it is skipped there, in CI too. */
export function testWithShared(...folders: string[]): jest.It {
  const missing = folders.filter((folder) => !existsSync(join(SHARED, folder)));
  if (missing.length === 0) return test;
  process.stderr.write(`Tests are skipped: there is no ${missing.map((folder) => `../shared/${folder}`).join(', ')}\n`);
  return test.skip;
}

function mayBeMissing(names: readonly ToolName[]): boolean {
  const known = (process.env['TESTS_WITHOUT'] ?? '').split(' ');
  return !process.env['CI'] || names.every((name) => known.includes(name));
}
