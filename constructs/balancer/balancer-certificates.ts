import { k8s } from '../core/imports';
import { problem } from '../core/problems';
import { SecretValue } from '../core/secrets';
import { checkObjectName } from '../core/values';
import type { Balancer } from './balancer';
import type { BalancerProps } from './balancer-props';
import type { BalancerCertificate } from './balancer-certificate';
import { FOLDERS } from './balancer-input';
import type { Route } from './route';
import { coversHost, isHost } from './route-table';

/** A certificate as an engine finds it: `tls.crt` and `tls.key` in a folder. */
export interface CertificateFiles {
  readonly folder: string;
  readonly hosts: string[];
}

/** Certificates of a balancer. The first is for clients that name no host, or another than theirs. */
export interface BalancerCertificates {
  readonly files: CertificateFiles[];
  readonly volumes: k8s.Volume[];
  /** The same as a front shows them: the site's own is for the hosts that no other is for. */
  readonly ofFront: BalancerCertificate[];
}

/** Whether certificates are given. */
export function hasTls({ tls, certificates = [] }: BalancerProps): boolean {
  return tls === true || certificates.length > 0;
}

/**
 * Requires the Secrets of the certificates, and says where an engine finds each.
 *
 * @param front The hosts of a front that shows them in place of the engine.
 */
export function certificatesOf(
  balancer: Balancer,
  props: BalancerProps,
  routes: Route[],
  front: string[],
): BalancerCertificates {
  const given = checkedCertificates(balancer, props, routes, front);
  const own = props.tls ? ownCertificate(balancer, routes, given, front) : undefined;
  for (const { secret } of given) {
    const keys = { 'tls.crt': SecretValue.GIVEN, 'tls.key': SecretValue.GIVEN };
    balancer.site._requireSecret({ name: secret, namespaces: [balancer.namespace], keys });
  }
  const files = given.map(({ secret, hosts }) => ({ folder: `${FOLDERS.certificate}/${secret}`, hosts }));
  return {
    files: [...(own ? [{ folder: FOLDERS.certificate, hosts: own.hosts }] : []), ...files],
    volumes: volumesOf(own?.secret, given),
    ofFront: ofFront(own?.secret, given, front),
  };
}

function ofFront(own: string | undefined, given: BalancerCertificate[], hosts: string[]): BalancerCertificate[] {
  const elsewhere = given.flatMap((each) => each.hosts);
  const rest = hosts.filter((host) => !coversHost(elsewhere, host));
  return [...(own !== undefined && rest.length > 0 ? [{ secret: own, hosts: rest }] : []), ...given];
}

/** The site's own, which the command line makes for a first run. */
function ownCertificate(
  balancer: Balancer,
  routes: Route[],
  given: BalancerCertificate[],
  front: string[],
): BalancerCertificate {
  const { domain } = balancer.site;
  const names = [domain, `*.${domain}`];
  const elsewhere = given.flatMap(({ hosts }) => hosts);
  const wanted = [...routes.flatMap(({ _host }) => _host ?? []), ...front];
  const more = wanted.filter((host) => !coversHost([...names, ...elsewhere], host));
  const hosts = [...names, ...new Set(more)];
  const secret = `${balancer.name}-tls`;
  balancer.site._requireSecret({
    name: secret,
    namespaces: [balancer.namespace],
    keys: { tls: SecretValue.CERTIFICATE },
    hosts,
  });
  return { secret, hosts };
}

function volumesOf(own: string | undefined, given: BalancerCertificate[]): k8s.Volume[] {
  if (given.length === 0) return own === undefined ? [] : [{ name: 'tls', secret: { secretName: own } }];
  const items = (folder: string) => ['tls.crt', 'tls.key'].map((key) => ({ key, path: `${folder}${key}` }));
  const sources = [
    ...(own === undefined ? [] : [{ secret: { name: own, items: items('') } }]),
    ...given.map(({ secret }) => ({ secret: { name: secret, items: items(`${secret}/`) } })),
  ];
  return [{ name: 'tls', projected: { sources } }];
}

/** Certificates without a fault, in the order of the list. */
function checkedCertificates(
  balancer: Balancer,
  props: BalancerProps,
  routes: Route[],
  front: string[],
): BalancerCertificate[] {
  const { certificates } = props;
  if (!certificates) return [];
  if (certificates.length === 0) problem(balancer, 'certificates', certificates, 'name one or more, or leave it out');
  const all = certificates.flatMap(({ hosts }) => hosts);
  const secrets = certificates.map(({ secret }) => secret);
  for (const { secret, hosts } of certificates) {
    checkObjectName(balancer, 'certificates.secret', secret);
    if (props.tls && secret === `${balancer.name}-tls`)
      problem(balancer, 'certificates.secret', secret, "it is that of 'tls' already; leave one of them out");
    if (['tls.crt', 'tls.key'].includes(secret))
      problem(balancer, 'certificates.secret', secret, 'a key of every such Secret is called so; name it otherwise');
    if (hosts.length === 0)
      problem(balancer, 'certificates.hosts', hosts, "name the hosts that it is for, as ['example.org']");
    for (const host of new Set(hosts)) checkHost(balancer, host, all);
  }
  for (const secret of new Set(secrets.filter((each, index) => secrets.indexOf(each) !== index)))
    problem(balancer, 'certificates.secret', secret, 'it is there twice; name all of its hosts once');
  const ofRoutes = new Set(routes.flatMap(({ _host }) => _host ?? []));
  const uncovered = [...new Set([...ofRoutes, ...front])].filter((host) => !props.tls && !coversHost(all, host));
  for (const host of uncovered) {
    const property = ofRoutes.has(host) ? 'routes.host' : 'front.hosts';
    problem(balancer, property, host, 'no certificate is for it; add it to the hosts of one');
  }
  return certificates.filter(({ secret }, index) => secrets.indexOf(secret) === index);
}

function checkHost(balancer: Balancer, host: string, all: string[]): void {
  if (!isHost(host)) {
    const instead = "write a host in lower case without a port, such as 'api.example.org' or '*.example.org'";
    problem(balancer, 'certificates.hosts', host, instead);
  } else if (all.indexOf(host) !== all.lastIndexOf(host)) {
    problem(balancer, 'certificates.hosts', host, 'two certificates have it; leave it out of one of them');
  }
}
