import type { BalancerInput } from './balancer-input';
import { placePattern } from './place';

/**
 * Finds the place of a request, for limits and users. HAProxy leaves a path as it stands, so it is decoded for this alone. A request whose
 * path a program may read as another one is refused: a backslash, two slashes at its start, which begin a host where a URL is parsed, and
 * segments of dots, which clients resolve themselves.
 */
export function haproxyPlace({ protections, limits }: BalancerInput): string {
  if (protections.length + limits.length === 0) return '';
  return `  http-request deny deny_status 400 if { path -m reg '^//|[\\\\#]' }
  http-request deny deny_status 400 if { path,url_dec -m reg '/[.]{1,2}([/;]|$)' }
  http-request set-var(txn.asked_host) req.fhdr(Host),field(1,:),lower,regsub([.]+$,)
  http-request deny deny_status 400 if { var(txn.asked_host) -m found } !{ var(txn.asked_host) -m reg '^([a-z0-9._-]*|[[][0-9a-f]*)$' }
  http-request set-var(txn.asked_path) path,url_dec,lower,regsub(/+,/,g)
  http-request set-var-fmt(txn.asked) "%[var(txn.asked_host)] %[var(txn.asked_path)]"
  # What cannot be decoded has no place, and a program may still find one for it.
  http-request deny deny_status 400 unless { var(txn.asked_path) -m found } { var(txn.asked) -m found }
  http-request deny deny_status 400 if { path -m sub %00 }
`;
}

/** Refuses what a client asks for too often. The least specific path is written first and each later one replaces it. */
export function haproxyLimits({ limits }: BalancerInput): string {
  if (limits.length === 0) return '';
  const least = [...limits].reverse();
  const found = least.map(
    (each, index) =>
      `  http-request set-var(txn.limited) int(${index + 1}) if { var(txn.asked) -m reg '${placePattern(each)}' }\n`,
  );
  const refusals = least.map(
    ({ perMinute }, index) =>
      `  http-request deny deny_status 429 if { var(txn.limited) -m int ${index + 1} } { sc2_http_req_rate(paths) gt ${perMinute} }\n`,
  );
  return `${found.join('')}  http-request set-var-fmt(txn.limited_client) "%[var(txn.limited)] %[src]"
  http-request track-sc2 var(txn.limited_client) table paths if { var(txn.limited) -m found }
${refusals.join('')}`;
}

export function haproxyLimitTable({ limits }: BalancerInput, clients: number): string {
  if (limits.length === 0) return '';
  return `# Requests of each address for a path that has a limit.
backend paths
  stick-table type string len 64 size ${2 * clients} expire 70s store http_req_rate(60s)

`;
}
