import { perlbalPlugin } from './perlbal-plugin';

/**
 * A plugin of Perlbal that sends whoever asks without TLS to the same address with it. Perlbal's own, `Redirect`, leads to
 * `http:` alone.
 */
export const HTTPS_PLUGIN = perlbalPlugin(
  'Https',
  'start_http_request',
  `        # A name and nothing else, as it goes into the answer.
        my ($host) = ($headers->header('Host') // '') =~ /^([A-Za-z0-9.-]+)(?::[0-9]+)?$/;
        my ($path) = $headers->request_uri =~ m{^(/[!-~]*)$};
        # The body of a request that is not read must not be taken for the next request.
        $headers->header('Connection', 'close') unless $headers->request_method =~ /^(GET|HEAD)$/;
        if (defined $host && defined $path) {
            $client->send_full_response(308, [ Location => "https://$host$path", 'Content-Length' => 0 ], '');
        } else {
            $client->send_full_response(400, [ 'Content-Length' => 0 ], '');
        }
        return 1;
`,
);
