import { PASSWORD_BEFORE_KEY, PASSWORD_KEY } from '../../contract/required-secret';
import type { AccountConfig } from '../../contract/engine-config';
import { k8s } from '../core/imports';
import { SECRETS } from './valkey-conf';

/** The Secrets of the accounts, for a server and its agent: files, as passwords change while they run. */
export function passwordFiles(secrets: { readonly default: string; readonly internal: string }): {
  readonly accounts: AccountConfig[];
  readonly mounts: k8s.VolumeMount[];
  readonly volumes: k8s.Volume[];
} {
  const sources = Object.entries(secrets).flatMap(([user, name]) => {
    const item = (key: string) => ({ key, path: `${user}/${key}` });
    return [
      { secret: { name, items: [item(PASSWORD_KEY)] } },
      { secret: { name, items: [item(PASSWORD_BEFORE_KEY)], optional: true } },
    ];
  });
  return {
    accounts: Object.keys(secrets).map((user) => ({ user, folder: `${SECRETS}/${user}` })),
    mounts: [{ name: 'passwords', mountPath: SECRETS, readOnly: true }],
    volumes: [{ name: 'passwords', projected: { defaultMode: 0o440, sources } }],
  };
}
