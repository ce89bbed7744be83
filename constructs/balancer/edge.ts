import { Duration } from 'cdk8s';
import { checkDirectives } from '../core/directives';
import { checkNetworks, problem, wholeKibibytes, wholeSeconds } from '../core/problems';
import type { Role } from '../core/role';
import type { BalancerProps } from './balancer-props';
import type { BalancerInput } from './balancer-input';

type Edge = Pick<
  BalancerInput,
  | 'trustedProxies'
  | 'proxyProtocol'
  | 'headers'
  | 'requestsPerSecond'
  | 'accessLog'
  | 'compression'
  | 'maintenancePage'
  | 'errorPage'
>;

/** A header's name, as nginx has variables for. Other signs that RFC 9110 allows begin a comment or a text in a configuration. */
export const HEADER_NAME = /^[A-Za-z0-9][A-Za-z0-9-]*$/;

/** Headers by which the ends of a connection agree, so that another one of these breaks the answer. */
export const OF_CONNECTIONS = /^(connection|content-length|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

/** A header's value: nginx and HAProxy have variables behind a dollar sign. nginx takes 4096 characters, and each may have an escape. */
const VALUE = /^[ -#%-~]{1,2000}$/;

/** The most that ten seconds of it are within what nginx counts, 65,535. */
const MOST_REQUESTS = 6000;

/** How a balancer treats clients and what they see of it. Records what is wrong. */
export function edgeOf(balancer: Role, props: BalancerProps): Edge {
  const { trustedProxies = [], proxyProtocol = [], headers = {}, requestsPerSecond, accessLog = true } = props;
  const { maintenancePage, errorPage, compression = true } = props;
  checkNetworks(balancer, 'trustedProxies', props.trustedProxies);
  checkNetworks(balancer, 'proxyProtocol', props.proxyProtocol);
  for (const cidr of trustedProxies.filter((each) => each.endsWith('/0')))
    problem(
      balancer,
      'trustedProxies',
      cidr,
      'each client could say that it is another; write the networks of proxies',
    );
  for (const cidr of proxyProtocol.filter((each) => each.endsWith('/0'))) {
    const instead = 'each client could say that it is another; write the networks of load balancers';
    problem(balancer, 'proxyProtocol', cidr, instead);
  }
  if (props.front?._implementation.isProxy && props.proxyProtocol) {
    const instead = 'the front brings requests, by HTTP; leave it out, or write Front.loadBalancer()';
    problem(balancer, 'proxyProtocol', proxyProtocol, instead);
  }
  for (const [name, value] of Object.entries(headers)) checkHeader(balancer, name, value, Object.keys(headers));
  const whole = Number.isInteger(requestsPerSecond) && requestsPerSecond! >= 1 && requestsPerSecond! <= MOST_REQUESTS;
  if (requestsPerSecond !== undefined && !whole)
    problem(balancer, 'requestsPerSecond', requestsPerSecond, `write a whole number from 1 to ${MOST_REQUESTS}`);
  checkPage(balancer, 'maintenancePage', maintenancePage);
  checkPage(balancer, 'errorPage', errorPage);
  return {
    trustedProxies,
    proxyProtocol,
    headers,
    requestsPerSecond,
    accessLog,
    compression,
    maintenancePage,
    errorPage,
  };
}

/** The longest that a web tier's answer may take, in seconds. */
const LONGEST_ANSWER = 3600;

/** How long a web tier's answer is waited for. Records what is wrong. */
export function answerSeconds(balancer: Role, { answerTimeout = Duration.seconds(60) }: BalancerProps): number {
  const seconds = wholeSeconds(balancer, 'answerTimeout', answerTimeout);
  if (seconds < 1 || seconds > LONGEST_ANSWER)
    problem(balancer, 'answerTimeout', answerTimeout, 'write a second or more, up to Duration.hours(1)');
  return seconds;
}

/** A line with a cookie has 8 KiB by the defaults of nginx and Apache. HAProxy holds twice the headers of each client. */
const HEADERS = { least: 8, most: 64 };

/** The largest headers, in KiB, unless the engine's own limits suffice. Records what is wrong. */
export function headersKibibytes(balancer: Role, { largestHeaders }: BalancerProps): number | undefined {
  if (largestHeaders === undefined) return undefined;
  const kibibytes = wholeKibibytes(balancer, 'largestHeaders', largestHeaders);
  if (kibibytes < HEADERS.least || kibibytes > HEADERS.most) {
    const instead = `write Size.kibibytes(${HEADERS.least}) to Size.kibibytes(${HEADERS.most})`;
    problem(balancer, 'largestHeaders', largestHeaders, instead);
  }
  return kibibytes;
}

function checkPage(balancer: Role, property: string, page: string | undefined): void {
  if (page?.trim() === '') problem(balancer, property, page, 'write a page of HTML, or leave it out');
  checkDirectives(balancer, property, page ?? '');
}

/** Records properties that Perlbal has nothing for. */
export function refuseEdge(balancer: Role, props: BalancerProps): void {
  const {
    trustedProxies,
    proxyProtocol,
    headers,
    requestsPerSecond,
    accessLog,
    maintenancePage,
    errorPage,
    pathLimits,
    protectedPaths,
  } = props;
  const instead = 'Perlbal has no such setting; leave it out, or write BalancerEngine.nginx()';
  if (trustedProxies) problem(balancer, 'trustedProxies', trustedProxies, instead);
  if (proxyProtocol) problem(balancer, 'proxyProtocol', proxyProtocol, instead);
  if (headers) problem(balancer, 'headers', headers, instead);
  if (requestsPerSecond !== undefined) problem(balancer, 'requestsPerSecond', requestsPerSecond, instead);
  if (maintenancePage !== undefined) problem(balancer, 'maintenancePage', maintenancePage, instead);
  if (errorPage !== undefined) problem(balancer, 'errorPage', errorPage, instead);
  if (props.largestHeaders) {
    const fixed = 'Perlbal takes 100 KiB; leave it out, or write BalancerEngine.nginx()';
    problem(balancer, 'largestHeaders', props.largestHeaders, fixed);
  }
  if (pathLimits)
    problem(
      balancer,
      'pathLimits',
      pathLimits.map(({ path }) => path),
      instead,
    );
  if (protectedPaths)
    problem(
      balancer,
      'protectedPaths',
      protectedPaths.map(({ path }) => path),
      instead,
    );
  const kept = (props.staticFiles ?? []).find(({ _maxAge }) => _maxAge !== undefined);
  if (kept) problem(balancer, 'staticFiles.maxAge', kept._maxAge, instead);
  if (accessLog) problem(balancer, 'accessLog', accessLog, instead);
  if (props.compression) problem(balancer, 'compression', props.compression, instead);
}

function checkHeader(balancer: Role, name: string, value: string, all: string[]): void {
  const same = all.find((each) => each.toLowerCase() === name.toLowerCase());
  if (!HEADER_NAME.test(name))
    problem(balancer, 'headers', name, "write a header's name, such as 'X-Content-Type-Options'");
  else if (OF_CONNECTIONS.test(name)) problem(balancer, 'headers', name, 'the balancer sets it itself; leave it out');
  else if (same !== name) problem(balancer, 'headers', name, `it is the same as '${same}'; leave one of them out`);
  else if (!VALUE.test(value))
    problem(
      balancer,
      `headers.${name}`,
      value,
      "write a line of 2000 or fewer characters of ASCII without '$', or leave the header to the web tier",
    );
}
