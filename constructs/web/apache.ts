import { Size } from 'cdk8s';
import { checked } from '../core/inputs/checked';

/** The user `www-data` of Debian, and of the official images built on it. */
const WWW_DATA = 33;

/** RAM of Apache without a request: parent process, shared memory and page tables. Measured on httpd 2.4: 12 MiB. */
const BASE_MEBIBYTES = 32;

/** Seconds that requests in flight have to end, once no new ones arrive. */
export const GRACEFUL_SECONDS = 20;

/** The port of `mod_status`: the same as of Prometheus' own exporter of Apache. */
export const STATUS_PORT = 9117;

/** The mount of the library's directives. */
export const CONFIGURATION_FOLDER = '/etc/slices/apache';

/** Properties for `Apache`. */
export interface ApacheProps {
  /**
   * RAM of one worker process while it serves requests: the site's code decides it. Read it from the slice's dashboard.
   *
   * Whole MiB. With half of it, Apache is killed for memory under load; with twice, it has half of the workers.
   *
   * @default Size.mebibytes(40), about what PHP takes for MediaWiki, and half of what mod_perl takes for a large site
   */
  readonly workerRam?: Size;

  /**
   * The port that the image's own configuration listens on.
   *
   * @default 80
   */
  readonly port?: number;

  /**
   * The folder that the image's own configuration serves. `WebTier.staticFiles()` takes files from it.
   *
   * @default /var/www/html for Debian's, /usr/local/apache2/htdocs for httpd
   */
  readonly documentRoot?: string;

  /**
   * Directives of the site's own, after the image's and the library's.
   *
   * @default - none
   */
  readonly directives?: string;
}

/** How Apache is laid out in the site's image. */
@checked
export class Apache {
  /** As Debian's package is, and images built on it, such as php's and MediaWiki's. */
  public static debian(props: ApacheProps = {}): Apache {
    const folders = ['/run/apache2', '/run/lock', '/var/log/apache2', '/var/cache/apache2', '/tmp'];
    const env = {
      APACHE_RUN_USER: 'www-data',
      APACHE_RUN_GROUP: 'www-data',
      APACHE_PID_FILE: '/run/apache2/apache2.pid',
      APACHE_RUN_DIR: '/run/apache2',
      APACHE_LOCK_DIR: '/run/lock',
      APACHE_LOG_DIR: '/var/log/apache2',
    };
    // Debian's configuration logs to files, which no one here would ever cut.
    const logs = ['access', 'error', 'other_vhosts_access'].map((log) => `/var/log/apache2/${log}.log`);
    return new Apache('apache2', env, folders, logs, '/var/www/html', props);
  }

  /** As the official httpd image is. */
  public static httpd(props: ApacheProps = {}): Apache {
    const home = '/usr/local/apache2';
    return new Apache('httpd', {}, [`${home}/logs`, '/tmp'], [], `${home}/htdocs`, props);
  }

  /** The port it listens on. */
  public readonly port: number;
  /** RAM of one worker process. */
  public readonly workerRam: Size;
  /** The folder it serves. */
  public readonly documentRoot: string;

  private constructor(
    private readonly program: string,
    private readonly env: Record<string, string>,
    private readonly folders: string[],
    private readonly logs: string[],
    documentRoot: string,
    private readonly props: ApacheProps,
  ) {
    this.port = props.port ?? 80;
    this.workerRam = props.workerRam ?? Size.mebibytes(40);
    this.documentRoot = props.documentRoot ?? documentRoot;
  }

  /** @internal */
  public _run(): { command: string[]; env: Record<string, string>; writable: string[]; user: number } {
    const logs = this.logs.map((log) => `ln -sf /dev/stdout ${log}`);
    const start = `exec ${this.program} -DFOREGROUND -c 'Include ${CONFIGURATION_FOLDER}/*.conf'`;
    return {
      command: ['/bin/sh', '-c', [...logs, start].join('\n')],
      env: this.env,
      writable: this.folders,
      user: WWW_DATA,
    };
  }

  /** @internal */
  public _directives(mebibytes: number, workerMebibytes: number): string {
    return [directives(mebibytes, workerMebibytes), this.props.directives ?? ''].join('\n');
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
