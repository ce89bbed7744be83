/** Labels and annotations that constructs and agents write, and that the command line reads. */

/** Marks every object as this library's. */
export const MANAGED_BY = 'cdk8s-slices';

export const MANAGED = 'app.kubernetes.io/managed-by';
/** The site. */
export const PART_OF = 'app.kubernetes.io/part-of';
/** The role. */
export const NAME = 'app.kubernetes.io/name';

/** Begins the labels and annotations that this library has defined, such as the facts that agents write into a Lease. */
export const OWN_PREFIX = 'cdk8s-slices/';

/** Says which pod of a pair is the active one: `active` or `standby`. */
export const ROLE_LABEL = `${OWN_PREFIX}instance-role`;

/** Names the workload of the site's owner that a pod is of: charts have the other labels in selectors, which cannot be changed. */
export const WORKLOAD_LABEL = `${OWN_PREFIX}workload`;

/** Marks a ConfigMap that names Secrets which pods wait for, beside a site's own. */
export const REQUIRED_SECRETS_LABEL = `${OWN_PREFIX}required-secrets`;

/** Who an Event of an agent is from: its `reportingComponent`. */
export const EVENT_SOURCE = `${OWN_PREFIX}heartbeat`;
