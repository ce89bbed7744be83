import { STATUS_PATH, STATUS_PORT } from './php-fpm-figures';
import { requestLimit } from './php-fpm-sizes';

/** The folder that both programs of a slice share: their sockets, nginx' process number and its files of large bodies. */
export const RUN_FOLDER = '/run/php-fpm';

export const SOCKET = `${RUN_FOLDER}/php-fpm.sock`;
export const STATUS_SOCKET = `${RUN_FOLDER}/status.sock`;
export const NGINX_PID = `${RUN_FOLDER}/nginx.pid`;

export interface NginxInput {
  readonly mebibytes: number;
  readonly port: number;
  readonly documentRoot: string;
  readonly stopSeconds: number;
  readonly directives: string;
}

/** Connections for the kubelet's checks, figures, and nginx' own listeners and channels. */
const RESERVED_CONNECTIONS = 32;

/** nginx before PHP-FPM: files of the document root are served by it, anything else by PHP. */
export function nginxConfiguration({ mebibytes, port, documentRoot, stopSeconds, directives }: NginxInput): string {
  const requests = requestLimit(mebibytes);
  return `# Follows from ${mebibytes} MiB of RAM.
worker_processes 1;
pid ${NGINX_PID};
error_log /dev/stderr warn;
worker_shutdown_timeout ${stopSeconds}s;
events {
  # A request has a connection at either end, and as many again are refused at a time.
  worker_connections ${3 * requests + RESERVED_CONNECTIONS};
}
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  server_tokens off;
  # It knows neither the port nor the scheme that a visitor sees.
  absolute_redirect off;
  sendfile on;
  access_log /dev/stdout combined;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${RUN_FOLDER}/${name};`).join('\n')}
  # The client's address, which only the balancers tell: the network policies let nobody else in.
  set_real_ip_from 0.0.0.0/0;
  set_real_ip_from ::/0;
  real_ip_header X-Forwarded-For;
  # PHP has limits of its own: post_max_size and upload_max_filesize.
  client_max_body_size 0;
  # The balancer bounds headers; nginx' own limit for a line is 8 KiB.
  large_client_header_buffers 4 64k;
  # One more is refused so that the balancer asks another slice: nginx without connections would answer 500, which no balancer asks again.
  limit_conn_zone $server_port zone=requests:64k;
  limit_conn_status 503;
  limit_conn_log_level warn;
  # A connection that the balancer keeps would count as one at work.
  keepalive_timeout 0;

  server {
    listen ${port} default_server backlog=4096;
    limit_conn requests ${requests};
    root ${documentRoot};
    index index.php index.html;
    location / {
      try_files $uri $uri/ /index.php$is_args$args;
    }
    location ~ /\\.(?!well-known/) {
      return 404;
    }
    location ~ \\.php(/|$) {
      fastcgi_split_path_info ^(.+?\\.php)(/.*)$;
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_param PATH_INFO $fastcgi_path_info;
      # A program that believes this header can be told to ask another host by it (httpoxy.org).
      fastcgi_param HTTP_PROXY "";
      fastcgi_pass unix:${SOCKET};
    }
${directives}
  }

  server {
    # At a port of its own, which the site's policies open to Admin alone.
    listen ${STATUS_PORT};
    access_log off;
    location = /metrics {
      fastcgi_param REQUEST_METHOD GET;
      fastcgi_param SCRIPT_NAME ${STATUS_PATH};
      fastcgi_param SCRIPT_FILENAME ${STATUS_PATH};
      fastcgi_param QUERY_STRING openmetrics;
      fastcgi_pass unix:${STATUS_SOCKET};
      # Its counters are not called as that format wants it, and Prometheus' older one takes them.
      fastcgi_hide_header Content-Type;
      add_header Content-Type "text/plain; version=0.0.4";
    }
  }
}
`;
}
