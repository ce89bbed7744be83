import type { BalancerInput } from './balancer-input';

/** HAProxy without a client, in MiB, its resolvers and metrics included. The master of its workers takes 7 of them (measured on 3.2). */
const BASE_MEBIBYTES = 48;

/** Memory of a client at most, in KiB: a buffer for each direction, TLS, and the kernel's socket buffers. */
const CLIENT_KIBIBYTES = 128;

/** `tune.bufsize` and `tune.maxrewrite`, in bytes: HAProxy's defaults. Headers have to fit in the difference. */
const BUFFER = 16_384;
const REWRITE = 1024;

/** Clients that may be connected at once, so that their buffers stay within the RAM. */
export function haproxyClientLimit(mebibytes: number, headers = 0): number {
  const more = Math.max(0, headers - (BUFFER - REWRITE) / 1024);
  return Math.max(16, Math.floor(((mebibytes - BASE_MEBIBYTES) * 1024) / (CLIENT_KIBIBYTES + 2 * more)));
}

/** Buffers for the largest headers, and for the balancer's own beside them. */
export function haproxyBuffers({ headersKibibytes, headers }: BalancerInput): string {
  const added = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  // Half of the usual room is for what the balancer says of the client.
  const rewrite = REWRITE + Math.max(0, Math.ceil(added / 1024) * 1024 - REWRITE / 2);
  const buffer = Math.max(BUFFER - REWRITE, (headersKibibytes ?? 0) * 1024) + rewrite;
  if (buffer === BUFFER) return '';
  return `  tune.bufsize ${buffer}\n  tune.maxrewrite ${rewrite}\n`;
}
