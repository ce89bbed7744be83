import type { BalancerInput } from './balancer-input';
import { placePattern } from './place';

/**
 * Asks for users, and takes their password from a request before the web tier gets it. The least specific path is written first and each
 * later one replaces it.
 */
export function haproxyUsers({ protections, maintenancePage }: BalancerInput): string {
  if (protections.length === 0 || maintenancePage !== undefined) return '';
  const least = [...protections].reverse();
  const found = least.map(
    (each, index) =>
      `  http-request set-var(txn.users) int(${index + 1}) if { var(txn.asked) -m reg '${placePattern(each)}' }\n`,
  );
  const asks = least.map(
    ({ secret }, index) =>
      `  http-request auth realm site if { var(txn.users) -m int ${index + 1} } !{ http_auth(${secret}) }\n`,
  );
  return `${found.join('')}${asks.join('')}  http-request del-header Authorization if { var(txn.users) -m found }
  http-request del-header Proxy-Authorization if { var(txn.users) -m found }
`;
}
