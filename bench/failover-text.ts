/** What stands around the figures of bench/failover.md. */
export const PREFACE = (
  load: string,
): string => `Written by \`npm run bench:failover\`. Every run is in \`bench/failover/*.json\`.

A cluster of Kubernetes 1.36 with three nodes on one machine of two processors, kube-proxy in iptables mode with its defaults; a
LoadBalancer address that is announced by the nodes that pass the Service's health check, tried every 0.5 s. Two pods with
nginx and the agent, \`Heartbeat.within(Duration.seconds(2))\`. A client outside the cluster asked 50 times a second, each
time over a new connection, with a time-out of 0.25 s. An outage is counted from the last good answer before the first bad
one to the next good one, so it is up to 0.02 s too long.

The machine did much other work during these runs: ${load} (processes that wait for its two processors). In most the cluster's
own processes were given priority over it, keepalived and heartbeat 3 were not. Figures of a quiet machine are better; until
they are taken again on one, the largest ones say more of this machine than of a failover.`;

export const NOTES = `## What to know of these figures

- With fewer than a hundred runs the p99 is the largest.
- One run without power took 46 s, at a load of 27: the switch itself took 0.4 s by the agent's own log, then neither the
  nodes' health checks nor the API server answered in time. It is in the table.
- An outage of 12 s of heartbeat 3 is as long as the client went on asking: the address did not come back before.
- The comparisons with keepalived and heartbeat 3.0.6 (both of Debian) run in two network namespaces of the same machine, with
  an address that moves by gratuitous ARP, and no cluster. heartbeat's \`deadtime\` is 2 s here; its sample configuration says 10 s.
- Random faults: a client inside each pod's own network asks its agent a hundred times a second whether it is the active
  one, and each yes carries the term. A yes to a question that was asked after a yes with a higher term had come, or
  one in the same term by another pod, is an overlap: a write that a store with fencing would have refused.
- An agent that is stopped or killed while its engine works costs no request: the other takes over, and the engine of the
  first goes on with what it has.`;
