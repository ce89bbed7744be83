import type { AgentConfig } from '../contract/agent-config';

export { parseAgentConfig as parseConfig } from '../contract/agent-config';
export type { AgentConfig as Config, TrafficConfig } from '../contract/agent-config';

/** What the pod's own environment says. */
export interface Place {
  readonly pod: string;
  readonly address: string;
  readonly node: string;
}

export function parsePlace(env: Readonly<Record<string, string | undefined>>, config: AgentConfig): Place {
  const need = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`${name} must be set in the environment`);
    return value;
  };
  const place = { pod: need('POD_NAME'), address: need('POD_IP'), node: need('NODE_NAME') };
  if (!config.pods.includes(place.pod))
    throw new Error(`POD_NAME must be one of pods, got ${JSON.stringify(place.pod)}`);
  return place;
}
