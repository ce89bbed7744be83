import type { Kinds } from './fault';
import type { PairCluster } from './pair-cluster';

/** A person changes the Lease, whatever its version. */
const editLease = (cluster: PairCluster, spec: object) => {
  cluster.judge.byHand = true;
  cluster.api.edit(cluster.leasePath, (lease) => ({ ...lease, spec: { ...(lease['spec'] as object), ...spec } }));
  cluster.judge.byHand = false;
};

/** What people do to the Lease of a pair, and to what its agents write. */
export const LEASE_FAULTS: Kinds = {
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
};
