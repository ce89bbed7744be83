/** Where the agents of a pair answer each other, the kubelet, Prometheus and the command line. */
export const AGENT_PORT = 7911;

/** Answers 200 while the process works. */
export const HEALTH_PATH = '/healthz';

/** For Prometheus. */
export const METRICS_PATH = '/metrics';

/** Makes the standby the active one; answered to the pod itself, and over a port that the kubelet forwards. */
export const SWITCHOVER_PATH = '/switchover';

/** The answer to `POST /switchover`. */
export interface SwitchoverAnswer {
  readonly done: boolean;
  readonly reason: string;
  /** How long it took. */
  readonly ms: number;
}
