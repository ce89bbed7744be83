import { checkDirectives } from '../core/directives';
import { Size } from 'cdk8s';
import { hashedConfig } from '../core/config';
import { checkPort, problem, wholeMebibytes } from '../core/problems';
import type { Role } from '../core/role';
import { mebibytesOf } from '../core/settings';
import { checkFolder } from '../core/values';
import { STATUS_PORT, watchApache } from './apache-figures';
import type { ApacheProps } from './web-server';
import { SiteCode, WebParts, WebImplementation, stopBy } from './web-implementation';

/** The user `www-data` of Debian, and of the official images built on it. */
const WWW_DATA = 33;

/** RAM of Apache without a request: parent process, shared memory and page tables. Measured on httpd 2.4: 12 MiB. */
const BASE_MEBIBYTES = 32;

/** Seconds that requests in flight have to end, once no new ones arrive. */
const GRACEFUL_SECONDS = 20;

/**
 * The balancer bounds headers; Apache's own limit for a line is 8190. A virtual host has the limits that the server had before it, so
 * they come before the configuration.
 */
const HEADER_LIMITS = ['LimitRequestLine 65536', 'LimitRequestFieldSize 65536'];

/** The mount of the library's directives. */
const CONFIGURATION_FOLDER = '/etc/slices/apache';

/** Apache, with the site's code in it or behind it, as it is laid out in the site's image. */
export class Apache implements WebImplementation {
  public static debian(props: ApacheProps): Apache {
    const logFolder = '/var/log/apache2';
    const folders = ['/run/apache2', '/run/lock', '/var/cache/apache2', '/var/lib/php/sessions', '/tmp'];
    const env = {
      APACHE_RUN_USER: 'www-data',
      APACHE_RUN_GROUP: 'www-data',
      APACHE_PID_FILE: '/run/apache2/apache2.pid',
      APACHE_RUN_DIR: '/run/apache2',
      APACHE_LOCK_DIR: '/run/lock',
      APACHE_LOG_DIR: logFolder,
    };
    const documentRoot = '/var/www/html';
    const modules = '/usr/lib/apache2/modules';
    // Images with an entrypoint have links to standard output in the folder of the logs.
    if (props.entrypoint) return new Apache('apache2', env, folders, [], modules, documentRoot, props);
    // Debian's configuration logs to files, which no one here would ever cut.
    const logs = ['access', 'error', 'other_vhosts_access'].map((log) => `${logFolder}/${log}.log`);
    return new Apache('apache2', env, [...folders, logFolder], logs, modules, documentRoot, props);
  }

  public static httpd(props: ApacheProps): Apache {
    const home = '/usr/local/apache2';
    return new Apache('httpd', {}, [`${home}/logs`, '/tmp'], [], `${home}/modules`, `${home}/htdocs`, props);
  }

  public readonly name = 'apache';
  public readonly user = WWW_DATA;
  public readonly stopSeconds = GRACEFUL_SECONDS;
  public readonly taken = [CONFIGURATION_FOLDER];
  public readonly watch = watchApache;
  public readonly port: number;
  public readonly documentRoot: string;
  private readonly workerRam: Size;

  private constructor(
    private readonly program: string,
    private readonly variables: Record<string, string>,
    public readonly folders: string[],
    private readonly logs: string[],
    private readonly modules: string,
    documentRoot: string,
    private readonly props: ApacheProps,
  ) {
    this.port = props.port ?? 80;
    this.workerRam = props.workerRam ?? Size.mebibytes(40);
    this.documentRoot = props.documentRoot ?? documentRoot;
  }

  public check(web: Role): void {
    const workerMebibytes = wholeMebibytes(web, 'server.workerRam', this.workerRam);
    if (this.port === STATUS_PORT)
      problem(web, 'server.port', this.port, 'Apache tells of its workers there; write another');
    checkPort(web, 'server.port', this.port);
    checkFolder(web, 'server.documentRoot', this.documentRoot);
    checkDirectives(web, 'server.directives', this.props.directives ?? '');
    if (workerLimit(web._mebibytes, workerMebibytes) >= 2) return;
    const { sidecarMebibytes } = web._settings;
    const least = BASE_MEBIBYTES + 2 * workerMebibytes + sidecarMebibytes;
    const what = sidecarMebibytes > 0 ? 'Apache, two workers and the sidecars' : 'Apache and two workers';
    const instead = `${what} need ${least} MiB; write that or more, or a smaller workerRam`;
    problem(web, 'ram', Size.mebibytes(web._ram), instead);
  }

  public env(): Record<string, string> {
    return this.variables;
  }

  public connections(web: Role): number {
    return Math.max(1, workerLimit(web._mebibytes, mebibytesOf(this.workerRam)));
  }

  public parts(web: Role, code: SiteCode): WebParts {
    const text = [
      directives(web._mebibytes, mebibytesOf(this.workerRam)),
      clientAddress(this.modules),
      passed(code.env.map(({ name }) => name)),
      this.props.directives ?? '',
    ].join('\n');
    const of = { construct: web, property: 'server.directives' };
    const metadata = web._metadata(web.name);
    const config = hashedConfig(web.chart, 'apache', `${web.name}-apache`, { 'slices.conf': text }, metadata, of);
    return {
      ...this.start(),
      mounts: [{ name: 'apache', mountPath: CONFIGURATION_FOLDER, readOnly: true }],
      volumes: [{ name: 'apache', configMap: { name: config.name } }],
      preStop: stopBy('WINCH'),
    };
  }

  private start(): Pick<WebParts, 'command' | 'args'> {
    const options = [...HEADER_LIMITS.flatMap((each) => ['-C', each]), '-c', `Include ${CONFIGURATION_FOLDER}/*.conf`];
    if (this.props.entrypoint) return { args: [`${this.program}-foreground`, ...options] };
    const logs = this.logs.map((log) => `ln -sf /dev/stdout ${log}`);
    const quoted = options.map((each) => (each.includes(' ') ? `'${each}'` : each)).join(' ');
    return { command: ['/bin/sh', '-c', [...logs, `exec ${this.program} -DFOREGROUND ${quoted}`].join('\n')] };
  }
}

/** `MaxRequestWorkers` of a pre-forking Apache: as many workers as fit beside Apache itself. */
export function workerLimit(mebibytes: number, workerMebibytes: number): number {
  return Math.floor((mebibytes - BASE_MEBIBYTES) / workerMebibytes);
}

/** Threads of one process of a threaded Apache: Apache's own default, whose stacks are small beside a process's heap. */
const THREADS_PER_PROCESS = 25;

function directives(mebibytes: number, workerMebibytes: number): string {
  const workers = Math.max(1, workerLimit(mebibytes, workerMebibytes));
  return `# Follows from ${mebibytes} MiB of RAM, at ${workerMebibytes} MiB a worker.
<IfModule mpm_prefork_module>
  ServerLimit ${workers}
  MaxRequestWorkers ${workers}
  StartServers ${Math.max(1, Math.ceil(workers / 4))}
  MinSpareServers 1
  MaxSpareServers ${Math.max(2, Math.ceil(workers / 2))}
  # Memory that a worker has grown to is given back.
  MaxConnectionsPerChild 1000
</IfModule>
<IfModule !mpm_prefork_module>
  ServerLimit ${workers}
  StartServers 1
  ThreadLimit ${THREADS_PER_PROCESS}
  ThreadsPerChild ${THREADS_PER_PROCESS}
  MaxRequestWorkers ${workers * THREADS_PER_PROCESS}
</IfModule>
# A connection that the balancer keeps would hold a worker.
KeepAlive Off
GracefulShutdownTimeout ${GRACEFUL_SECONDS}
ErrorLog /dev/stderr
<IfModule mod_php.c>
  # Debian's PHP leaves old sessions to a cron job of its own, which no container runs.
  php_value session.gc_probability 1
</IfModule>
ServerTokens Prod
ServerSignature Off
TraceEnable Off
<IfModule mod_status.c>
  # At a port of its own, which the site's policies open to Admin alone: at the site's, the world could ask.
  Listen ${STATUS_PORT}
  <VirtualHost *:${STATUS_PORT}>
    DocumentRoot ${CONFIGURATION_FOLDER}
    <Location "/">
      Require all denied
    </Location>
    <Location "/server-status">
      SetHandler server-status
      Require all granted
    </Location>
  </VirtualHost>
</IfModule>
`;
}

/**
 * The address in the log, in `REMOTE_ADDR` and in `Require ip` is the client's, which the balancers name. Only they reach the port, by the
 * network policies. mod_remoteip takes the header away, and the site's code may know the client by it, so it is put back.
 */
function clientAddress(modules: string): string {
  return `${['remoteip', 'headers'].map((name) => loaded(modules, name)).join('')}<IfModule remoteip_module>
  RemoteIPHeader X-Forwarded-For
  RemoteIPInternalProxy 0.0.0.0/1 128.0.0.0/1 ::/1 8000::/1
  <IfModule headers_module>
    RequestHeader set X-Forwarded-For "expr=%{REMOTE_ADDR}"
  </IfModule>
</IfModule>
`;
}

/** Loads a module that comes with Apache, where the image's own configuration does not. */
function loaded(modules: string, name: string): string {
  return `<IfModule !${name}_module>
  <IfFile "${modules}/mod_${name}.so">
    LoadModule ${name}_module ${modules}/mod_${name}.so
  </IfFile>
</IfModule>
`;
}

/** Apache gives programs in it, such as CGI's and mod_perl's, no variable of its own environment that it is not told of. */
function passed(variables: string[]): string {
  const lines = (directive: string) => variables.map((name) => `  ${directive} ${name}\n`).join('');
  if (variables.length === 0) return '';
  return `<IfModule env_module>
${lines('PassEnv')}</IfModule>
<IfModule perl_module>
${lines('PerlPassEnv')}</IfModule>
`;
}
