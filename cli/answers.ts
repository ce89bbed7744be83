import type { KubeConfig, RequestContext } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import type { Connection } from './connection';

/** No call of the commands is a longer one: they list and read objects. */
const TIMEOUT_MS = 30_000;

/**
 * Has each call of the API server end after 30 seconds, where the client would wait for ever. An answer in HTML is an error: a proxy or a page to
 * sign in stands before the server.
 */
export function guardAnswers(client: Connection['client'], config: KubeConfig): void {
  const server = config.getCurrentCluster()?.server ?? '';
  const given = { baseServer: new client.ServerConfiguration(server, {}), authMethods: { default: config } };
  const { httpApi: plain } = client.createConfiguration(given);
  const httpApi = client.wrapHttpLibrary({
    send: async (request: RequestContext) => {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      request.setSignal(signal);
      const answer = await plain
        .send(request)
        .toPromise()
        .catch((error: unknown) => {
          if (!signal.aborted) throw error;
          const message = `${request.getUrl()}: no answer within ${TIMEOUT_MS / 1000} s`;
          throw Object.assign(new Error(message), { code: 'ETIMEDOUT' });
        });
      if (answer.headers['content-type']?.startsWith('text/html'))
        throw new Error(
          `${server} answers with a page (${answer.httpStatusCode}) and not as an API server: see whether its address is right, and whether you have to sign in first`,
        );
      return answer;
    },
  });
  const configuration = client.createConfiguration({ ...given, httpApi });
  config.makeApiClient = (type) => new type(configuration);
}
