import { perlbalPlugin } from './perlbal-plugin';

/**
 * A plugin of Perlbal that refuses a request whose body is announced to be larger, in bytes, before any of it is read. Perlbal by
 * itself bounds chunked bodies alone.
 */
export function bodyPlugin(largest: number): string {
  return perlbalPlugin(
    'Body',
    'start_proxy_request',
    `        return 0 unless ($headers->content_length // 0) > ${largest};
        # What it goes on to send must not be taken for the next request.
        $headers->header('Connection', 'close');
        $client->send_full_response(413, [ 'Content-Length' => 0 ], '');
        return 1;
`,
  );
}
