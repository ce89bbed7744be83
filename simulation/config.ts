import { App, Duration, Size } from 'cdk8s';
import { parseConfig } from '../agent/config';
import type { Config } from '../agent/config';
import { Durability, Heartbeat, ReplicatedMySQL, Site } from '../constructs';

/** What the manifests of a pair say, as far as a run depends on it. */
export interface Manifests {
  readonly config: Config;
  readonly graceMs: number;
}

/** The user that the programs of the site log in as. */
export const SITE_USER = 'site';

interface Manifest {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec: { readonly template: { readonly spec: { readonly terminationGracePeriodSeconds: number } } };
}

const made = new Map<string, Manifests>();

/** The manifests of a pair with a Lease of so many seconds, as the library writes them. */
export function manifestsOf(leaseSeconds: number, durability: 'preferred' | 'required'): Manifests {
  const key = `${leaseSeconds} ${durability}`;
  const manifests = made.get(key) ?? synthesize(leaseSeconds, durability);
  made.set(key, manifests);
  return manifests;
}

function synthesize(leaseSeconds: number, durability: 'preferred' | 'required'): Manifests {
  return manifestsWith((site) => {
    new ReplicatedMySQL(site, 'db', {
      ram: Size.gibibytes(1),
      databases: ['site'],
      durability: durability === 'required' ? Durability.REQUIRED : Durability.PREFERRED,
      // A second of it is left for the nodes to follow.
      failover: Heartbeat.within(Duration.seconds(leaseSeconds + 1)),
    });
  });
}

/** The manifests of a pair that is added to a site. */
export function manifestsWith(add: (site: Site) => void): Manifests {
  const app = new App();
  add(new Site(app, SITE_USER, { domain: 'example.org' }));
  const manifests = app.charts.flatMap((chart) => chart.toJson() as Manifest[]);
  const config = manifests.find(({ data }) => data?.['config.json'])!.data!['config.json']!;
  const statefulSet = manifests.find(({ kind }) => kind === 'StatefulSet')!;
  return {
    config: parseConfig(config),
    graceMs: statefulSet.spec.template.spec.terminationGracePeriodSeconds * 1000,
  };
}
