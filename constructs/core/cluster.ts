/** The family of addresses that pods and Services of a cluster have first. */
export enum IpFamily {
  /** IPv4, alone or before IPv6. */
  IPV4 = 'IPv4',
  /** IPv6, alone or before IPv4: an error, as MogileFS, Perlbal and the agents know IPv4 alone. */
  IPV6 = 'IPv6',
}

/** Pods that answer DNS. */
export interface DnsPods {
  /** Their namespace. */
  readonly namespace: string;

  /** Their labels. */
  readonly labels: Record<string, string>;

  /**
   * The port that they listen on, which may be another than their Service's.
   *
   * @default 53
   */
  readonly port?: number;
}

/** Properties of a site's cluster. */
export interface ClusterProps {
  /**
   * The DNS pods that the site may ask for names. Name only your cluster's pods to close the others.
   *
   * @default - `k8s-app: kube-dns` in kube-system, and OpenShift's in openshift-dns at port 5353
   */
  readonly dnsPods?: DnsPods[];

  /**
   * Whether the agents of the site's pairs also mark `dnsPods` as not ready on a node that died, so that no lookup goes there.
   *
   * It needs the right to make a Role in their namespace, such as kube-system. The agents may then list the pods of that namespace and
   * patch their status. Without it, half of all lookups fail for up to 50 s after one of two CoreDNS pods died. Programs that get addresses
   * from the site need no lookup.
   *
   * @default false
   */
  readonly markDns?: boolean;

  /**
   * Addresses outside the pods' network that answer DNS at port 53, such as NodeLocal DNSCache's.
   *
   * @default ['169.254.20.10/32']
   */
  readonly dnsAddresses?: string[];

  /**
   * The ports of the API server: of its Service, and of the servers behind it, which most network plug-ins compare.
   *
   * @default [443, 6443, 8443, 16443], which are kubeadm's and those of minikube and MicroK8s
   */
  readonly apiServerPorts?: number[];

  /**
   * The network of the cluster's Services, such as `10.96.0.0/12`: `kubectl get servicecidrs` names it.
   *
   * Given it, a node refuses a connection to a cache slice or database that is gone, at once. Without it most network plug-ins drop such a
   * connection, and a page waits until its program gives up. Programs may then connect to any address in it at the ports of `uses`, where
   * a plug-in compares the Service's address in place of the pod's.
   *
   * @default - none
   */
  readonly serviceNetwork?: string;

  /**
   * The family of addresses that pods have first. IPv6 is an error.
   *
   * @default IpFamily.IPV4
   */
  readonly ipFamily?: IpFamily;

  /**
   * Whether the site writes its Namespaces.
   *
   * Write false if the platform makes them, or if the namespace has pods of others: the default policies then select the site's pods alone.
   * A role that is kept apart needs a namespace of its own in any case, such as `dfw-mail`.
   *
   * @default true
   */
  readonly namespaces?: boolean;

  /**
   * Whether the site writes ClusterRoles and their bindings, which a tenant of a namespace may not make.
   *
   * `Admin` alone needs one, to read the figures of kubelets. Write false if the cluster's administrator makes it (docs/admin.md): without
   * it, the Admin shows every slice as down. All other roles work as before.
   *
   * @default true
   */
  readonly clusterRoles?: boolean;

  /**
   * Whether the site writes its default policies: they deny traffic that no relation allows, and allow DNS.
   *
   * Write false if the platform has such policies: without any, the site's pods can connect to anything.
   *
   * @default true
   */
  readonly defaultPolicies?: boolean;
}
