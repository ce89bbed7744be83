import { Duration, Size } from 'cdk8s';
import { Apache } from './apache';
import { HttpProgram } from './http-program';
import { PhpFpm } from './php-fpm';
import { WebImplementation } from './web-implementation';
import { WebRuntime } from './web-runtime';
import { checked } from '../core/inputs/checked';

/** Properties for `WebServer.apache` and `WebServer.httpd`. */
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
   * Whether the image's own entrypoint starts Apache, as `apache2-foreground` or `httpd-foreground`.
   *
   * Entrypoints such as WordPress' and Joomla's fill the document root, which then has to be in the tier's `writable`.
   *
   * @default false: the library starts Apache in the entrypoint's place
   */
  readonly entrypoint?: boolean;

  /**
   * Directives of the site's own, after the image's and the library's.
   *
   * @default - none
   */
  readonly directives?: string;
}

/** Properties for `WebServer.phpFpm`. */
export interface PhpFpmProps {
  /**
   * RAM of one worker process while it serves requests: the site's code decides it. Read it from the slice's dashboard.
   *
   * Whole MiB. With half of it, PHP-FPM is killed for memory under load; with twice, it has half of the workers.
   *
   * @default Size.mebibytes(40), about what PHP takes for MediaWiki
   */
  readonly workerRam?: Size;

  /**
   * Shared memory for the code that PHP has compiled (`opcache.memory_consumption`). More, where the code is larger.
   *
   * Whole MiB, 8 or more.
   *
   * @default - an eighth of PHP's RAM, within 8 and 128 MiB, which are PHP's own least and default
   */
  readonly opcacheRam?: Size;

  /**
   * The folder with the site's code and its static files. nginx serves files of it, and hands anything else to its `index.php`.
   *
   * @default /var/www/html
   */
  readonly documentRoot?: string;

  /**
   * Whether the image's own entrypoint starts `php-fpm`.
   *
   * Entrypoints such as WordPress' and Joomla's fill the document root, which then has to be in the tier's `writable`.
   *
   * @default false: the library starts PHP-FPM in the entrypoint's place
   */
  readonly entrypoint?: boolean;

  /**
   * The image of nginx.
   *
   * @default docker.io/library/nginx:1.30
   */
  readonly nginxImage?: string;

  /**
   * Directives of nginx, in the `server` of the site: redirects, or more locations.
   *
   * @default - none
   */
  readonly directives?: string;
}

/** Properties for `WebServer.program`. */
export interface HttpProgramProps {
  /** The port that the program listens on, at every address of the pod. The program has to be told it, too, unless it is its default. */
  readonly port: number;

  /**
   * The program with its arguments, in place of the image's own command. The image's entrypoint starts it, where the image has one.
   *
   * @default - the image's own
   */
  readonly command?: string[];

  /**
   * The program that starts `command`, in place of the image's own entrypoint.
   *
   * @default - the image's own
   */
  readonly entrypoint?: string[];

  /**
   * The number of the user that it runs as, other than 0.
   *
   * @default 10001, as most images name no user, and root is refused
   */
  readonly user?: number;

  /**
   * How the program is told of the slice's RAM.
   *
   * Without it, the program's own settings have to keep it within the slice, or it is killed for memory under load.
   *
   * @default - it is not told
   */
  readonly runtime?: WebRuntime;

  /**
   * The most connections that one slice holds to each database and cache: the size of its pool, times its processes.
   *
   * @default - one for each process of `runtime`, or 10, as mysql2's pool has
   */
  readonly connections?: number;

  /**
   * The signal after which it finishes its requests and exits: `TERM`, or `QUIT` for Starman and uWSGI.
   *
   * Another signal than TERM is sent by `/bin/sh`, which the image then needs.
   *
   * @default TERM, or the image's own STOPSIGNAL
   */
  readonly stopSignal?: string;

  /**
   * How long requests in flight have to end after that signal, in whole seconds. As long as the longest request.
   *
   * @default Duration.seconds(20)
   */
  readonly grace?: Duration;
}

/** The program that a `WebTier` runs. */
@checked
export class WebServer {
  /**
   * Apache as in Debian's package, and in images built on it, such as php's and MediaWiki's.
   *
   * The library starts it in place of the image's own entrypoint, unless `entrypoint` is true.
   */
  public static apache(props: ApacheProps = {}): WebServer {
    return new WebServer(Apache.debian(props));
  }

  /**
   * Apache as in the official httpd image.
   *
   * The library starts it in place of the image's own entrypoint, unless `entrypoint` is true.
   */
  public static httpd(props: ApacheProps = {}): WebServer {
    return new WebServer(Apache.httpd(props));
  }

  /**
   * PHP-FPM as in the official images of PHP, `php:8.4-fpm` and those built on it, or as in Debian's package. PHP 8.1 or later.
   *
   * nginx, in a container of its own in the same slice, serves the static files and hands the rest to PHP-FPM. Both share the slice's RAM.
   */
  public static phpFpm(props: PhpFpmProps = {}): WebServer {
    return new WebServer(new PhpFpm(props));
  }

  /**
   * Any program that speaks HTTP on a port, as those of Node, Python, Ruby, Go and Perl's Starman do.
   *
   * The image's own entrypoint and command start it. On a stop it gets no new requests from 15 seconds later on, then the signal. It should
   * then finish its requests and exit. As process 1 it ignores a signal that it has no handler for, and is killed after `grace`.
   */
  public static program(props: HttpProgramProps): WebServer {
    return new WebServer(new HttpProgram(props));
  }

  private constructor(
    /** @internal */
    public readonly _implementation: WebImplementation,
  ) {}

  /** The port it listens on. */
  public get port(): number {
    return this._implementation.port;
  }
}
