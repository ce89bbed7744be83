import { BalancerInput, FOLDERS } from './balancer-input';
import { placePattern } from './place';

/** Finds the users of a request, and takes their password from it before the web tier gets it. */
export function nginxUsers({ protections }: BalancerInput): string {
  if (protections.length === 0) return '';
  const lines = protections.map((each) => `    "~*${placePattern(each)}" ${FOLDERS.users}/${each.secret}/auth;\n`);
  return `  map "$host $uri" $users {
${lines.join('')}    default "";
  }
  map $users $realm {
    "" off;
    default "site";
  }
  map $users $authorization {
    "" $http_authorization;
    default "";
  }
  proxy_set_header Authorization $authorization;
`;
}

/**
 * Refuses a request whose path a program may read as another one: a backslash, two slashes at its start, which begin a host where a URL is
 * parsed, and `..;`, whose end some programs cut off. Nor is a host taken that has other signs than a name or an address.
 */
export function refuseDisguises({ protections, limits }: BalancerInput): string {
  if (protections.length + limits.length === 0) return '';
  return `    if ($request_uri ~ "^//|^[^?]*[\\\\\\\\#]") { return 400; }
    if ($uri ~ "/[.]{1,2};") { return 400; }
    if ($host !~ "^([a-z0-9._-]*|[[][0-9a-f:.]*[]])$") { return 400; }
`;
}

/** Asks for users in each location of a server. */
export function askUsers({ protections }: BalancerInput): string {
  if (protections.length === 0) return '';
  return `    auth_basic $realm;
    auth_basic_user_file $users;
`;
}

/** A setting of a location that only a request comes to that was let in. */
export function askedAlready({ protections }: BalancerInput): string {
  return protections.length > 0 ? '      auth_basic off;\n' : '';
}
