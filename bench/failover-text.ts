/** What stands around the figures of bench/failover.md. */
export const PREFACE = (
  load: string,
): string => `Written by \`npm run bench:failover\`. Every run is in \`bench/failover/*.json\`.

A cluster of Kubernetes 1.36 with three nodes on one machine of two processors, kube-proxy in iptables mode with its defaults; a
LoadBalancer address that is announced by the nodes that pass the Service's health check, tried every 0.5 s. \`externalTrafficPolicy\` is \`Cluster\`, where a line does not say \`Local\`. Two pods with
nginx and the agent, \`Heartbeat.within(Duration.seconds(2))\`. A client outside the cluster asked 50 times a second, each
time over a new connection, with a time-out of 0.25 s. An outage is counted from the last good answer before the first bad
one to the next good one, so it is up to 0.02 s too long.

The machine's load during these runs, everything on it counted: ${load}.
Faults of processes were made to up to three pairs side by side, those of nodes to one.`;

export const NOTES = `## What to know of these figures

- With fewer than a hundred runs the p99 is the largest.
- A node of this cluster comes back with another hardware address, and until its neighbours ask for it, which may take ten seconds,
  what they send to it is lost. Faults less than a minute apart measured that, up to 8 s, before the nodes were made to
  forget it (\`e2e/failover/cluster.ts\`). A machine keeps its address.
- With \`HeartbeatMode.ALL_ACTIVE\` and with a plain Service half of the connections go to the pod that lives, so there is hardly a
  time without any good answer: what counts there is for how long connections failed, the last column: 25 of them a second.
- A node that was cut off, or without power, sends where it did before for up to ten seconds after its return, until its
  kube-proxy has connected again and made each change that it missed, a second apart. What enters the cluster there meanwhile
  reaches the slice that was active before. So the next fault is not made before every node sends to the active one.
- A node remembers for two minutes where it sent a connection that was not answered. One that waits for an answer when its slice
  dies is sent to the dead one until its client gives it up, however soon another takes over: a client does better to connect
  again than to wait. The client here takes another port each time, for minutes; one that took those of the system hit such a
  memory of an earlier run up to seven seconds after the outage, in a third of the runs. The first 20 losses of power were measured with
  such a client and are counted for their outage alone.
- The load balancer of this cluster asks the nodes for the health of one Service after another, and waits 0.5 s for one that is cut off:
  with seven Services of its kind three cuts took 3.4 to 3.7 s, of which the agents took 1.0. So there was no other here.
- The comparisons with keepalived and heartbeat 3.0.6 (both of Debian) run in two network namespaces of the same machine, with
  an address that moves by gratuitous ARP, and no cluster. heartbeat's \`deadtime\` is 2 s here; its sample configuration says 10 s.
- Random faults: a client inside each pod's own network asks its agent a hundred times a second whether it is the active
  one, and each yes carries the term. A yes to a question that was asked after a yes with a higher term had come, or
  one in the same term by another pod, is an overlap: a write that a store with fencing would have refused.
- The time of day is that of the whole machine: all agents' clocks jump together. Clocks that go apart are in the tests of the agent,
  on a virtual clock.
- An agent that is stopped or killed while its engine works costs no request: the other takes over, and the engine of the
  first goes on with what it has.`;
