import { checkNginxDirectives } from '../core/directives';
import { Size } from 'cdk8s';
import { hashedConfig } from '../core/config';
import { ContainerSpec, container } from '../core/container';
import { k8s } from '../core/imports';
import { checkImage, problem, wholeMebibytes } from '../core/problems';
import type { Role } from '../core/role';
import { mebibytesOf } from '../core/settings';
import { checkFolder } from '../core/values';
import { STATUS_PATH, watchPhpFpm } from './php-fpm-figures';
import { NGINX_PID, RUN_FOLDER, SOCKET, STATUS_SOCKET, nginxConfiguration } from './php-fpm-nginx';
import { childrenLimit, leastMebibytes, nginxShare, opcacheMebibytes } from './php-fpm-sizes';
import type { PhpFpmProps } from './web-server';
import { LEAVING_SECONDS, SiteCode, WebImplementation, WebParts, stopBy } from './web-implementation';

/** The user `www-data` of Debian, and of the official images of PHP. */
const WWW_DATA = 33;
/** nginx' user in the official image. */
const NGINX = 101;
/** A port that needs no power of root. */
const PORT = 8080;
/** Seconds that requests in flight have to end, once no new ones arrive. */
const GRACEFUL_SECONDS = 20;
/** The mount of both configurations. */
const CONFIGURATION_FOLDER = '/etc/slices/php-fpm';
/** RAM in which files are copied before both programs start, in MiB. */
const COPY_MEBIBYTES = 32;

/** A path that stands for itself in nginx' configuration. */
const ROOT = /^[A-Za-z0-9._~@+,/-]*$/;

/** PHP-FPM, with nginx beside it in the same slice. */
export class PhpFpm implements WebImplementation {
  public readonly name = 'php-fpm';
  public readonly user = WWW_DATA;
  public readonly port = PORT;
  public readonly stopSeconds = GRACEFUL_SECONDS;
  // Debian's PHP keeps sessions in the second, the official images in the first.
  public readonly folders = ['/tmp', '/var/lib/php/sessions'];
  public readonly taken = [CONFIGURATION_FOLDER, RUN_FOLDER];
  public readonly documentRoot: string;
  private readonly workerRam: Size;
  private readonly nginxImage: string;

  constructor(private readonly props: PhpFpmProps) {
    this.documentRoot = props.documentRoot ?? '/var/www/html';
    this.workerRam = props.workerRam ?? Size.mebibytes(40);
    this.nginxImage = props.nginxImage ?? 'docker.io/library/nginx:1.30';
  }

  public check(web: Role): void {
    const { opcacheRam } = this.props;
    checkImage(web, 'server.nginxImage', this.nginxImage);
    checkFolder(web, 'server.documentRoot', this.documentRoot);
    if (!ROOT.test(this.documentRoot))
      problem(web, 'server.documentRoot', this.documentRoot, "write letters, digits and '._~@+,-' for nginx");
    checkNginxDirectives(web, 'server.directives', this.props.directives ?? '');
    const opcache = opcacheRam && wholeMebibytes(web, 'server.opcacheRam', opcacheRam);
    if (opcache !== undefined && opcache < 8)
      problem(web, 'server.opcacheRam', opcacheRam, 'PHP takes no less than 8 MiB; write that or more');
    const least = leastMebibytes(wholeMebibytes(web, 'server.workerRam', this.workerRam), opcache);
    if (web._mebibytes >= least) return;
    const { sidecarMebibytes } = web._settings;
    const what =
      sidecarMebibytes > 0 ? 'nginx, PHP-FPM, two workers and the sidecars' : 'nginx, PHP-FPM and two workers';
    const instead = `${what} need ${least + sidecarMebibytes} MiB; write that or more, or a smaller workerRam`;
    problem(web, 'ram', Size.mebibytes(web._ram), instead);
  }

  public env(): Record<string, string> {
    return {};
  }

  public connections(web: Role): number {
    return this.sizes(web).children;
  }

  public watch(web: Role): void {
    watchPhpFpm(web, this.sizes(web).children);
  }

  public parts(web: Role, code: SiteCode): WebParts {
    const files = { 'php-fpm.conf': this.phpFpmConfiguration(web), 'nginx.conf': this.nginxConfiguration(web) };
    const of = { construct: web, property: 'server.directives' };
    const config = hashedConfig(web.chart, 'php-fpm', `${web.name}-php-fpm`, files, web._metadata(web.name), of);
    const mounts = [
      { name: 'php-fpm', mountPath: CONFIGURATION_FOLDER, readOnly: true },
      { name: 'run', mountPath: RUN_FOLDER },
    ];
    const root = this.rootParts(code);
    return {
      ...this.start(web),
      mounts,
      volumes: [{ name: 'php-fpm', configMap: { name: config.name } }, { name: 'run', emptyDir: {} }, ...root.volumes],
      preStop: stopAfterNginx(),
      init: root.init,
      front: this.nginx(web, [...mounts, ...root.mounts]),
      ram: this.sizes(web).php,
    };
  }

  private sizes(web: Role): { nginx: number; php: number; opcache: number; children: number } {
    const nginx = nginxShare(web._mebibytes);
    const php = Math.max(1, web._mebibytes - nginx);
    const { opcacheRam } = this.props;
    const opcache = opcacheRam ? mebibytesOf(opcacheRam) : opcacheMebibytes(php);
    return { nginx, php, opcache, children: Math.max(1, childrenLimit(php, mebibytesOf(this.workerRam), opcache)) };
  }

  private start(web: Role): Pick<WebParts, 'command' | 'args'> {
    const options = ['-F', '-y', `${CONFIGURATION_FOLDER}/php-fpm.conf`];
    const ini = ['-d', `opcache.memory_consumption=${this.sizes(web).opcache}`];
    if (this.props.entrypoint) return { args: ['php-fpm', ...options, ...ini] };
    // The official images have it on PATH; Debian's package has its version in its name.
    const script = 'exec "$(command -v php-fpm || ls /usr/sbin/php-fpm[0-9]*)" "$@"';
    return { command: ['/bin/sh', '-c', script, 'php-fpm', ...options, ...ini] };
  }

  private nginx(web: Role, mounts: k8s.VolumeMount[]): ContainerSpec {
    return {
      name: 'nginx',
      image: this.nginxImage,
      mebibytes: this.sizes(web).nginx,
      command: ['nginx', '-e', '/dev/stderr', '-c', `${CONFIGURATION_FOLDER}/nginx.conf`, '-g', 'daemon off;'],
      mounts,
      user: NGINX,
      preStop: stopBy('QUIT'),
    };
  }

  /** nginx sees the document root of the other container: the folder itself, where that is a volume, or a copy of the image's. */
  private rootParts(code: SiteCode): { init: k8s.Container[]; mounts: k8s.VolumeMount[]; volumes: k8s.Volume[] } {
    const { documentRoot } = this;
    const secret = new Set(code.volumes.filter((each) => each.secret ?? each.projected).map(({ name }) => name));
    const shown = code.mounts
      .filter(({ name, mountPath }) => !secret.has(name) && `${mountPath}/`.startsWith(`${documentRoot}/`))
      .map((mount) => ({ ...mount, readOnly: true }));
    if (shown.some(({ mountPath }) => mountPath === documentRoot)) return { init: [], mounts: shown, volumes: [] };
    const copy = container({
      name: 'document-root',
      image: code.image,
      mebibytes: COPY_MEBIBYTES,
      // Files keep their time, as a Balancer's do. The folder of the volume is root's, and its time cannot be set: so it is one below.
      command: ['/bin/sh', '-c', 'rm -rf "$2" && cp -RLp "$1" "$2"', 'copy', documentRoot, `${COPY_FOLDER}/files`],
      mounts: [{ name: 'document-root', mountPath: COPY_FOLDER }, ...shown],
      user: WWW_DATA,
    });
    return {
      init: [copy],
      mounts: [{ name: 'document-root', mountPath: documentRoot, subPath: 'files', readOnly: true }, ...shown],
      volumes: [{ name: 'document-root', emptyDir: {} }],
    };
  }

  private nginxConfiguration(web: Role): string {
    const { documentRoot, port, stopSeconds } = this;
    const { directives = '' } = this.props;
    return nginxConfiguration({ mebibytes: this.sizes(web).nginx, port, documentRoot, stopSeconds, directives });
  }

  private phpFpmConfiguration(web: Role): string {
    const { php, children } = this.sizes(web);
    return `; Follows from ${php} MiB of RAM, at ${mebibytesOf(this.workerRam)} MiB a worker.
; The image's own pools, official or Debian's. A folder that is missing is an error, and a pattern without a match is none: hence the brackets.
include = /usr/local/etc/php-fpm.[d]/*.conf
include = /etc/ph[p]/*/fpm/pool.d/*.conf
[global]
error_log = /dev/stderr
daemonize = no
process_control_timeout = ${GRACEFUL_SECONDS}s
[www]
listen = ${SOCKET}
listen.mode = 0660
pm = dynamic
pm.max_children = ${children}
pm.start_servers = ${Math.max(1, Math.ceil(children / 4))}
pm.min_spare_servers = 1
pm.max_spare_servers = ${Math.max(1, Math.ceil(children / 2))}
; Memory that a worker has grown to is given back.
pm.max_requests = 1000
pm.status_path = ${STATUS_PATH}
; Answered while all workers are at work.
pm.status_listen = ${STATUS_SOCKET}
; The variables of the site's code reach it.
clear_env = no
catch_workers_output = yes
decorate_workers_output = no
; Debian's PHP leaves old sessions to a cron job of its own, which no container runs.
php_value[session.gc_probability] = 1
; nginx has a line for each request, with the client's address.
access.log = /dev/null
`;
  }
}

const COPY_FOLDER = '/run/document-root';

/** nginx finishes its requests, for which it needs PHP-FPM. That then finishes work that it does after its answers. */
function stopAfterNginx(): k8s.LifecycleHandler {
  const left = `sleep ${LEAVING_SECONDS}; while [ -e ${NGINX_PID} ]; do sleep 0.2; done`;
  const script = `${left}; kill -QUIT 1; while kill -0 1; do sleep 0.2; done 2>/dev/null`;
  return { exec: { command: ['/bin/sh', '-c', script] } };
}
