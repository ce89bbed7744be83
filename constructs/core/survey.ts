import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { Site } from './site';

/** The objects of an app by their namespaces, and the sites that have these: one walk for all sites. */
export class Survey {
  private readonly objects = new Map<string, ApiObject[]>();
  private readonly sites = new Map<string, Site[]>();
  private readonly owners = new Map<Chart, Site>();

  constructor(constructs: IConstruct[], sites: Site[]) {
    for (const site of sites) {
      for (const namespace of new Set(site._namespaces)) add(this.sites, namespace, site);
      for (const { chart } of [site, ...site.roles]) this.owners.set(chart, site);
    }
    for (const each of constructs)
      if (each instanceof ApiObject) add(this.objects, each.metadata.namespace ?? '', each);
  }

  /** Other sites that have this namespace, too. */
  public others(site: Site, namespace: string): Site[] {
    return (this.sites.get(namespace) ?? []).filter((each) => each !== site);
  }

  /** The objects in a site's namespace: its own, and its user's. */
  public objectsOf(site: Site, namespace: string): ApiObject[] {
    const found = this.objects.get(namespace) ?? [];
    return found.filter(({ chart }) => (this.owners.get(chart) ?? site) === site);
  }
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
