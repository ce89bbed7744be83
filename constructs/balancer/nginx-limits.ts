import type { BalancerInput } from './balancer-input';
import { countsKibibytes } from './nginx-sizes';
import { placePattern } from './place';

/** Counts the requests of each address for each path that has a limit. A request without a key is not counted. */
export function nginxLimits({ limits }: BalancerInput, clients: number): string {
  if (limits.length === 0) return '';
  const places = limits.map((each, index) => `    "~*${placePattern(each)}" ${index + 1};\n`);
  const zones = limits.map(
    ({ perMinute }, index) => `  map $limited $limited_${index + 1} {
    ${index + 1} $binary_remote_addr;
    default "";
  }
  limit_req_zone $limited_${index + 1} zone=path_${index + 1}:${countsKibibytes(clients)}k rate=${perMinute}r/m;
`,
  );
  return `  map "$host $uri" $limited {
${places.join('')}    default 0;
  }
${zones.join('')}`;
}
