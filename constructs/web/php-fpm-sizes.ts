/** RAM of PHP-FPM without a request: master, idle children and page tables. Measured on PHP 8.4 with the modules of WordPress: 12 MiB. */
const BASE_MEBIBYTES = 24;

/** PHP takes no less for its compiled code, and 128 by default (php.net/opcache.memory-consumption). */
const OPCACHE_MEBIBYTES = { least: 8, most: 128 };

/** nginx' master and its worker without a client. Measured with this configuration: 3 MiB. */
const NGINX_BASE_MEBIBYTES = 16;

/**
 * Memory of a request at most, in KiB: 64 for `fastcgi_buffers` and `fastcgi_buffer_size` (9 of 4 KiB, rounded up), 16 for
 * `client_body_buffer_size` and 9 for headers. The kernel's socket buffers take as much again.
 */
const REQUEST_KIBIBYTES = 192;

/** MiB of nginx: a sixteenth of the slice's RAM, for requests that wait for a worker, and for static files in the page cache. */
export function nginxShare(mebibytes: number): number {
  return Math.min(128, Math.max(32, Math.floor(mebibytes / 16)));
}

/** Requests that nginx may have in hand at once, so that their buffers stay within its share. */
export function requestLimit(nginxMebibytes: number): number {
  return Math.floor(((nginxMebibytes - NGINX_BASE_MEBIBYTES) * 1024) / REQUEST_KIBIBYTES);
}

/** MiB for `opcache.memory_consumption`: an eighth of PHP's RAM, within PHP's own least and default. All workers share it. */
export function opcacheMebibytes(phpMebibytes: number): number {
  return Math.min(OPCACHE_MEBIBYTES.most, Math.max(OPCACHE_MEBIBYTES.least, Math.floor(phpMebibytes / 8)));
}

/** `pm.max_children`: as many workers as fit beside PHP-FPM itself and the compiled code. */
export function childrenLimit(phpMebibytes: number, workerMebibytes: number, opcache: number): number {
  return Math.floor((phpMebibytes - BASE_MEBIBYTES - opcache) / workerMebibytes);
}

/** The least RAM of a slice in which two workers fit. */
export function leastMebibytes(workerMebibytes: number, opcache: number | undefined): number {
  const beside = BASE_MEBIBYTES + 2 * workerMebibytes;
  const fits = (mebibytes: number) => {
    const php = mebibytes - nginxShare(mebibytes);
    return php >= beside + (opcache ?? opcacheMebibytes(php));
  };
  let least = beside + nginxShare(0) + (opcache ?? OPCACHE_MEBIBYTES.least);
  while (!fits(least)) least++;
  return least;
}
