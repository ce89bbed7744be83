import { Duration, Size } from 'cdk8s';
import { Heartbeat, Valkey, ValkeyDurability } from '../../constructs';
import type { Manifests } from '../config';
import { manifestsWith } from '../config';

const made = new Map<string, Manifests>();

/** The manifests of a pair with a Lease of so many seconds, as the library writes them. */
export function manifestsOf(leaseSeconds: number, durability: 'preferred' | 'required'): Manifests {
  const key = `${leaseSeconds} ${durability}`;
  const manifests =
    made.get(key) ??
    manifestsWith((site) => {
      new Valkey(site, 'kv', {
        ram: Size.mebibytes(256),
        durability: durability === 'required' ? ValkeyDurability.REQUIRED : ValkeyDurability.PREFERRED,
        // A second of it is left for the nodes to follow.
        failover: Heartbeat.within(Duration.seconds(leaseSeconds + 1)),
      });
    });
  made.set(key, manifests);
  return manifests;
}
