import { perlbalPlugin } from './perlbal-plugin';

/**
 * A plugin of Perlbal that lets the web tier point to the blob store alone, whose host and port are of this pattern. Perlbal by itself
 * also serves any file that it can read, as the key of the certificate, any service that it has, and any address that it can connect
 * to, as its own console, to whom an answer of the web tier says so. What points elsewhere is passed on as any answer.
 *
 * The store is asked by its own name, which is what a URL is signed for, and not by the site's.
 */
export function reproxyPlugin(from: string): string {
  return perlbalPlugin(
    'Reproxy',
    'backend_response_received',
    `        my $answer = $client->{res_headers};
        my @urls = grep { m{^http://${from}/} } split ' ', $answer->header('X-REPROXY-URL') // '';
        $answer->header($_, undef) for qw(X-REPROXY-FILE X-REPROXY-SERVICE X-REPROXY-URL);
        return 0 unless @urls;
        $answer->header('X-REPROXY-URL', "@urls");
        my ($host) = $urls[0] =~ m{^http://([^/]+)/};
        $client->{client}{req_headers}->header('Host', $host);
        return 0;
`,
  );
}
