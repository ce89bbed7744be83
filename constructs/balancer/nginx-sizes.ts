/** nginx' master and two workers without a client, in MiB. Measured on nginx 1.31 with this configuration: 9. */
const BASE_MEBIBYTES = 24;

/**
 * Memory of a client at most, in KiB, its connection to the web tier included. 32 are for `proxy_buffers` (8 of 4 KiB), 16 for
 * `client_body_buffer_size`, 8 for headers at either end and 8 for the front's buffers. The kernel's socket buffers take as much again.
 * Measured: docs/balancer.md.
 */
const CLIENT_KIBIBYTES = 128;

/**
 * Clients that may be connected at once, so that their buffers stay within the RAM.
 *
 * @param headers The largest headers, in KiB. A request may take two buffers of that size, and an answer as much again.
 */
export function clientLimit(mebibytes: number, headers = 0): number {
  return Math.floor(((mebibytes - BASE_MEBIBYTES) * 1024) / (CLIENT_KIBIBYTES + 4 * headers));
}

/** Buffers for headers of a request, and of an answer, which are `proxy_buffers` of 4 KiB beside. */
export function headerBuffers(kibibytes: number | undefined): string {
  if (kibibytes === undefined) return '';
  return `  # A line has to fit in one.
  large_client_header_buffers 2 ${kibibytes}k;
  proxy_buffer_size ${kibibytes}k;
  proxy_busy_buffers_size ${kibibytes}k;
  proxy_buffers ${Math.max(8, Math.ceil(kibibytes / 4) + 1)} 4k;
`;
}

/**
 * Connections of one worker, since the kernel may give all clients to one. Each client takes its own, both ends of the socket between the
 * front and the site, and the web tier's. The remaining connections serve checks and figures, whatever clients do.
 */
export function workerConnections(clients: number): number {
  return 4 * clients + RESERVED_CONNECTIONS;
}

/** For the kubelet, the agent and Admin, which close theirs after each answer, and for nginx' own listeners and channels. */
const RESERVED_CONNECTIONS = 128;

/** Descriptors of one worker: a client's answer or its body may also be in a file. */
export function openFiles(clients: number): number {
  return workerConnections(clients) + clients;
}

/**
 * Shared memory in which this many addresses are counted, in KiB: 64 bytes each. Of a zone of 1 MiB nginx itself takes 193 of
 * 16,384 places.
 */
export function countsKibibytes(clients: number): number {
  return 64 + Math.ceil((clients * 64 * 1.02) / 1024);
}

/**
 * Shared memory for the web slices' addresses, in KiB. A zone of 64 KiB holds 47; a change of the list keeps the old beside the new until
 * requests have ended.
 */
export function slicesKibibytes(slices: number): number {
  return 64 + 4 * slices;
}
