import type { Construct } from 'constructs';
import { problem } from '../core/problems';
import { HEADER_NAME, OF_CONNECTIONS } from './edge';
import type { Route } from './route';
import type { RouteHeader } from './route-header';

/** Signs without a meaning in an engine's configuration. */
const VALUE = /^(?=[^ ])[A-Za-z0-9 ._~@+,:;/=*-]{1,200}(?<! )$/;

/** A line of HAProxy's configuration has 64 words at most, and each header may take two. */
const MOST_HEADERS = 5;

/** Headers that the balancer overwrites, so that a client's own decides nothing. */
const OVERWRITTEN = /^(forwarded|x-forwarded-(for|host|proto)|x-real-ip|x-proxy-capabilities)$/i;

/** Whether the headers that a route wants are some that each engine can look for; what is wrong is recorded. */
export function checkRouteHeaders(balancer: Construct, { _headers: headers }: Route): boolean {
  if (headers.length > MOST_HEADERS) {
    problem(
      balancer,
      'routes.headers',
      headers.map(({ _text }) => _text),
      `write ${MOST_HEADERS} or fewer`,
    );
    return false;
  }
  return headers.every((each) => checkHeader(balancer, each, headers));
}

function checkHeader(balancer: Construct, { _name: name, _value: value }: RouteHeader, all: RouteHeader[]): boolean {
  const twice = all.filter(({ _name }) => _name.toLowerCase() === name.toLowerCase()).length > 1;
  if (!HEADER_NAME.test(name)) problem(balancer, 'routes.headers', name, "write a header's name, such as 'X-Release'");
  else if (/^host$/i.test(name)) problem(balancer, 'routes.headers', name, "write the route's 'host' instead");
  else if (/^cookie$/i.test(name))
    problem(balancer, 'routes.headers', name, 'a request has all its cookies in it; write a header of its own');
  else if (OF_CONNECTIONS.test(name))
    problem(balancer, 'routes.headers', name, 'it is about the connection; write another header');
  else if (OVERWRITTEN.test(name))
    problem(balancer, 'routes.headers', name, "a client's own is thrown away; write another header");
  else if (twice) problem(balancer, 'routes.headers', name, 'it is there twice; name it once');
  else if (value !== undefined && !VALUE.test(value))
    problem(
      balancer,
      `routes.headers.${name}`,
      value,
      "write 200 or fewer letters, digits, spaces and '._~@+,:;/=*-', or RouteHeader.present()",
    );
  else return true;
  return false;
}

/** Whether a request may have the headers of both routes, and neither says more of it than the other. */
export function headersOverlap({ _headers: some }: Route, { _headers: others }: Route): boolean {
  const disjoint = some.some((one) =>
    others.some(
      (other) =>
        one._name.toLowerCase() === other._name.toLowerCase() &&
        one._value !== undefined &&
        other._value !== undefined &&
        one._value !== other._value,
    ),
  );
  return !disjoint && rankOfHeaders(some) === rankOfHeaders(others);
}

/** More headers come first, and of as many the ones with more values. */
export function rankOfHeaders(headers: RouteHeader[]): number {
  return headers.length * (MOST_HEADERS + 1) + headers.filter(({ _value }) => _value !== undefined).length;
}
