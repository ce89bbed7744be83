import type { Kinds } from './fault';
import { API, CLIENTS } from './network';
import type { PairCluster } from './pair-cluster';

const both = (cluster: PairCluster, a: string, b: string, n: number) => {
  // Now and then one direction alone.
  const ends = [
    ...(n % 4 === 1 ? [] : [cluster.network.cut(a, b)]),
    ...(n % 4 === 2 ? [] : [cluster.network.cut(b, a)]),
  ];
  return () => ends.forEach((end) => end());
};

const machineOf = (cluster: PairCluster, index: number) => cluster.slices[index]!.machine;
const other = (index: number) => 1 - index;

const powerOff = (cluster: PairCluster, index: number) => {
  const slice = cluster.slices[index]!;
  const { machine } = slice;
  if (!machine.on) return undefined;
  cluster.powerLost(slice);
  machine.powerOff();
  return () => machine.powerOn();
};

const stop = (process: { stop(): void; resume(): void } | undefined) => {
  process?.stop();
  return () => process?.resume();
};

/** What happens to the servers of a pair. */
export const SERVER_FAULTS: Kinds = {
  'server killed': { weight: 6, make: (cluster, index) => cluster.pod(index)?.container?.server?.kill() },
  'both servers killed': {
    weight: 2,
    make: (cluster) => cluster.allPods.forEach(({ container }) => container?.server?.kill()),
  },
  'server killed at a step': {
    weight: 4,
    make: (cluster, index, n) => {
      const server = cluster.pod(index)?.container?.server;
      server?.process.setTrap(n, () => server.kill());
    },
  },
  'server stopped': { weight: 5, make: (cluster, index) => stop(cluster.pod(index)?.container?.server?.process) },
  'server stopped at a step': {
    weight: 4,
    make: (cluster, index, n) => {
      const process = cluster.pod(index)?.container?.server?.process;
      process?.setTrap(n, () => process.stop());
      return () => {
        process?.clearTrap();
        process?.resume();
      };
    },
  },
};

/** What happens around them: to agents, machines, the network, the API server and pods. */
export const COMMON_FAULTS: Kinds = {
  'agent killed': { weight: 3, make: (cluster, index) => cluster.pod(index)?.killAgent() },
  'agent killed at a step': {
    weight: 5,
    make: (cluster, index, n) => {
      const pod = cluster.pod(index);
      pod?.agent?.process.setTrap(n, () => pod.killAgent());
    },
  },
  'agent stopped': { weight: 4, make: (cluster, index) => stop(cluster.pod(index)?.agent?.process) },
  'agent stopped at a step': {
    weight: 8,
    make: (cluster, index, n) => {
      const process = cluster.pod(index)?.agent?.process;
      process?.setTrap(n, () => process.stop());
      return () => {
        process?.clearTrap();
        process?.resume();
      };
    },
  },
  'machine frozen': {
    weight: 3,
    make: (cluster, index) => {
      const stopped = [...machineOf(cluster, index).processes];
      for (const process of stopped) process.stop();
      return () => stopped.forEach((process) => process.resume());
    },
  },
  'power lost': { weight: 5, make: powerOff },
  'both powers lost': {
    weight: 1,
    make: (cluster, index) => {
      const ends = [powerOff(cluster, index), powerOff(cluster, other(index))];
      return () => ends.forEach((end) => end?.());
    },
  },
  'cut from the api server': {
    weight: 5,
    make: (cluster, index, n) => both(cluster, machineOf(cluster, index).name, API, n),
  },
  'cut from the peer': {
    weight: 5,
    make: (cluster, _, n) => both(cluster, machineOf(cluster, 0).name, machineOf(cluster, 1).name, n),
  },
  'cut from the clients': {
    weight: 1,
    make: (cluster, index, n) => both(cluster, machineOf(cluster, index).name, CLIENTS, n),
  },
  'cut from everything': {
    weight: 4,
    make: (cluster, index) => {
      const { name } = machineOf(cluster, index);
      const ends = [API, CLIENTS, machineOf(cluster, other(index)).name].map((place) => both(cluster, name, place, 0));
      return () => ends.forEach((end) => end());
    },
  },
  'slow network': {
    weight: 3,
    make: (cluster, index, n) => {
      const [a, b] = [machineOf(cluster, index).name, n % 2 === 0 ? API : machineOf(cluster, other(index)).name];
      const ms = [100, 500, 2_000][n % 3]!;
      const ends = [cluster.network.slowDown(a, b, ms), cluster.network.slowDown(b, a, ms)];
      return () => ends.forEach((end) => end());
    },
  },
  'api server away': {
    weight: 3,
    make: (cluster) => {
      const ends = cluster.slices.map(({ machine }) => both(cluster, machine.name, API, 0));
      return () => ends.forEach((end) => end());
    },
  },
  'api server stalls': {
    weight: 3,
    make: (cluster, _, n) => {
      cluster.api.stalledUntil = cluster.schedule.now + 200 + (n % 40) * 100;
    },
  },
  'api server slow': {
    weight: 2,
    make: (cluster, _, n) => {
      cluster.api.slowByMs = [100, 400, 1_000][n % 3]!;
      return () => (cluster.api.slowByMs = 0);
    },
  },
  'api server in trouble': {
    weight: 2,
    make: (cluster, _, n) => {
      cluster.api.errors = [0.1, 0.5, 1][n % 3]!;
      return () => (cluster.api.errors = 0);
    },
  },
  'watches ended': { weight: 1, make: (cluster, _, n) => cluster.api.endWatches(n % 2 === 0) },
  'pod deleted': { weight: 6, make: (cluster, index) => cluster.deletePod(index, cluster.manifests.graceMs) },
  'pod deleted with little grace': { weight: 3, make: (cluster, index) => cluster.deletePod(index, 1_000) },
};
