import type { Json } from '../agent/kube';
import { Kube, KubeError } from '../agent/kube';
import type { ApiServer, Request } from './api-server';
import type { Process } from './machine';
import type { Network } from './network';
import { API, Channel } from './network';

/** The agent's client of the Kubernetes API, over the modelled network: `call` and `watch`; the rest is the real one. */
export class SimulatedKube extends Kube {
  public constructor(
    private readonly process: Process,
    private readonly network: Network,
    private readonly api: ApiServer,
    private readonly timeoutMs: number,
  ) {
    super({ host: 'api', port: 443, credentials: '/nowhere', timeoutMs, clock: process });
  }

  public override call(method: string, path: string, body?: Json, contentType = 'application/json'): Promise<Json> {
    const { process, network, api, timeoutMs } = this;
    const here = process.machine.name;
    // As on the wire: nothing is shared by reference, and undefined is left out.
    const request: Request = { method, path, body: body && (JSON.parse(JSON.stringify(body)) as Json), contentType };
    return new Promise((resolve, reject) => {
      const cancel = process.after(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs} ms`)));
      network.send(here, API, () =>
        api.receive(request, ({ status, body: answer }) =>
          network.send(API, here, () =>
            process.do(() => {
              cancel();
              if (status >= 200 && status < 300) resolve(structuredClone(answer));
              else reject(new KubeError(status, `${status} ${String(answer['message'])}`, undefined));
            }),
          ),
        ),
      );
    });
  }

  public override watch(path: string, heard: (type: string, object: Json) => void, ended: () => void): () => void {
    const { process, network, api } = this;
    const here = process.machine.name;
    const [collection = '', query = ''] = path.split('?');
    const asked = new URLSearchParams(query);
    const name = asked.get('fieldSelector')?.split('=')[1];
    const since = asked.get('resourceVersion');
    const channel = new Channel();
    let over = false;
    let close: (() => void) | undefined;
    const end = () => {
      if (over) return;
      over = true;
      close?.();
      ended();
    };
    const tell = (then: () => void) => network.send(API, here, () => process.do(() => over || then()), channel);
    network.send(here, API, () => {
      if (over) return;
      close = api.watch(
        collection,
        name,
        since === null ? undefined : Number(since),
        (type, object) => tell(() => (type === 'ERROR' ? end() : heard(type, structuredClone(object)))),
        () => tell(end),
      );
    });
    return () => {
      over = true;
      close?.();
    };
  }
}
