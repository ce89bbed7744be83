/** The folder of an agent's program and configuration, which a ConfigMap has. */
export const PROGRAM_FOLDER = '/agent';
export const PROGRAM_FILE = 'heartbeat.js';
/** The configuration of a program of this library, beside it. */
export const CONFIG_FILE = 'config.json';

/** The folder that a pair's agent shares with its engine's container: orders to prepare for a stop come as files. */
export const ORDERS = '/heartbeat/orders';
/** The file in it that asks for it, and the one that says that it is done. */
export const LEAVE = 'leave';
export const LEFT = 'left';

/** The folder of the Secret with the key of a pair's agents. */
export const KEY = '/heartbeat/key';

/** Where Kubernetes' own clients look for a pod's token and the API server's authority: `token` and `ca.crt`. */
export const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
