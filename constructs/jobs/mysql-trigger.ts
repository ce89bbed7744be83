import { k8s } from '../core/imports';
import type { QueueTrigger, TriggerCredential } from './queue-engine';

/** Names in KEDA's `mysql` trigger of the variables in the queue's environment. */
const PARAMETERS: Record<string, string> = {
  QUEUE_DB_HOST: 'host',
  QUEUE_DB_PORT: 'port',
  QUEUE_DB_NAME: 'dbName',
  QUEUE_DB_USER: 'username',
  QUEUE_DB_PASSWORD: 'password',
};

/** A statement that KEDA asks the queue's database. */
export function mysqlTrigger(env: k8s.EnvVar[], query: string, jobsPerWorker: number): QueueTrigger {
  return { type: 'mysql', metadata: { ...plainValues(env), query, queryValue: String(jobsPerWorker) } };
}

export function mysqlCredentials(env: k8s.EnvVar[]): TriggerCredential[] {
  return env.flatMap(({ name, valueFrom }) => {
    const parameter = PARAMETERS[name];
    const secret = valueFrom?.secretKeyRef;
    return parameter && secret?.name ? [{ parameter, name: secret.name, key: secret.key }] : [];
  });
}

/** The trigger has no default for the port. */
function plainValues(env: k8s.EnvVar[]): Record<string, string> {
  const found = env.flatMap(({ name, value }) => {
    const parameter = PARAMETERS[name];
    return parameter && value !== undefined ? [[parameter, value] as const] : [];
  });
  const given = env.some(({ name }) => name === 'QUEUE_DB_PORT');
  return { ...(given ? {} : { port: '3306' }), ...Object.fromEntries(found) };
}
