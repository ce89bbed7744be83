/** The folder that a pair's agent shares with its engine's container: orders to prepare for a stop come as files. */
export const ORDERS = '/heartbeat/orders';

/** The folder of the Secret with the key of a pair's agents. */
export const KEY = '/heartbeat/key';

/** Marks a ConfigMap that names Secrets which pods wait for, beside a site's own. */
export const REQUIRED_SECRETS_LABEL = 'cdk8s-slices/required-secrets';
