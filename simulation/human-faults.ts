import type { Cluster } from './cluster';
import { manifestsOf } from './config';
import type { Kinds } from './fault';
import { annotate } from './person';
import { rollOut } from './roll-out';
import { rotate } from './rotation';

/** A person changes the Lease, whatever its version. */
const editLease = (cluster: Cluster, spec: object) => {
  cluster.judge.byHand = true;
  cluster.api.edit(cluster.leasePath, (lease) => ({ ...lease, spec: { ...(lease['spec'] as object), ...spec } }));
  cluster.judge.byHand = false;
};

/** What people and controllers do to a pair that works. */
export const HUMAN_FAULTS: Kinds<Cluster> = {
  'roll-out': {
    weight: 4,
    make: (cluster, _, n) => {
      const { durability, leaseSeconds } = cluster.setting;
      // A restart, or a change of `failover`.
      const seconds = n % 2 === 0 ? leaseSeconds : [1, 2, 3][n % 3]!;
      rollOut(cluster, manifestsOf(seconds, durability));
    },
  },
  switchover: {
    weight: 5,
    make: (cluster) =>
      cluster.agents
        .filter(({ assembly }) => assembly.heartbeat.active())
        .forEach(({ process, assembly }) => process.do(() => void assembly.answers.switchOver())),
  },
  'hook without a stop': {
    weight: 1,
    make: (cluster, index) => {
      const agent = cluster.pod(index)?.agent;
      agent?.process.do(() => void agent.assembly.beforeStop());
    },
  },
  'lease deleted': {
    weight: 2,
    make: (cluster) => {
      cluster.judge.leaseGoes();
      cluster.api.handle({ method: 'DELETE', path: cluster.leasePath, body: undefined, contentType: '' });
    },
  },
  'lease edited': {
    weight: 2,
    make: (cluster, _, n) =>
      editLease(cluster, [{ holderIdentity: undefined }, { holderIdentity: 'a person' }][n % 2]!),
  },
  'endpoints deleted': {
    weight: 1,
    make: (cluster) => {
      const path = `${cluster.collection('apis/discovery.k8s.io/v1', 'endpointslices')}/${cluster.manifests.config.traffic!.endpointSlice}`;
      cluster.api.handle({ method: 'DELETE', path, body: undefined, contentType: '' });
    },
  },
  'time of day changed': {
    weight: 1,
    make: (cluster, index, n) => void (cluster.slices[index]!.machine.wallOffset = ((n % 7) - 3) * 3_600_000),
  },
  // Of a server that lacks something, of one that leads, of nobody; in this term, and in an earlier one.
  'force written': {
    weight: 2,
    make: (cluster, index, n) => {
      const uuids = [cluster.slices[index]!.volume.uuid, cluster.slices[1 - index]!.volume.uuid, 'nobody'];
      annotate(cluster, `${uuids[n % 3]}@${Number(cluster.judge.facts()['term'] ?? 0) - (n % 2)}`);
    },
  },
  'password replaced': { weight: 3, make: (cluster, _, n) => rotate(cluster, n) },
  'address used again': {
    weight: 2,
    make: (cluster, index) => {
      cluster.reusesAddresses = true;
      cluster.deletePod(index, 1_000);
      return () => (cluster.reusesAddresses = false);
    },
  },
};
