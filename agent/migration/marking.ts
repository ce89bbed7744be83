import { COMMAND_CONTAINER, DONE_KEY } from '../../contract/migration';
import type { Clock } from '../clock';
import { sleep } from '../clock';
import type { Json, Kube } from '../kube';
import { MERGE } from '../kube';
import type { Log } from '../log';
import { told } from '../log';

/** How often it looks how the command does, in milliseconds. */
const LOOK_MS = 2_000;

/** The pod of the command, and the ConfigMap that slices wait for. */
export interface Marked {
  readonly namespace: string;
  readonly pod: string;
  readonly configMap: string;
}

/** Writes the key that slices wait for, once the command beside it has ended well. An error is told, and the next look comes. */
export async function markWhenDone(kube: Kube, clock: Clock, log: Log, marked: Marked): Promise<void> {
  for (;;) {
    try {
      if (await isMarked(kube, marked)) return;
    } catch (error) {
      log('trouble', { error: told(error) });
    }
    await sleep(clock, LOOK_MS);
  }
}

async function isMarked(kube: Kube, { namespace, pod, configMap }: Marked): Promise<boolean> {
  const path = `/api/v1/namespaces/${namespace}`;
  const { status } = await kube.call('GET', `${path}/pods/${pod}`);
  if (!hasSucceeded(status as PodStatus | undefined)) return false;
  await kube.call('PATCH', `${path}/configmaps/${configMap}`, { data: { [DONE_KEY]: 'yes' } } satisfies Json, MERGE);
  return true;
}

interface PodStatus {
  readonly containerStatuses?: readonly {
    readonly name: string;
    readonly state?: { readonly terminated?: { readonly exitCode: number } };
  }[];
}

function hasSucceeded({ containerStatuses = [] }: PodStatus = {}): boolean {
  const command = containerStatuses.find(({ name }) => name === COMMAND_CONTAINER);
  return command?.state?.terminated?.exitCode === 0;
}
