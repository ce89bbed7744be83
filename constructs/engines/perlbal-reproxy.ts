import { perlbalPlugin } from './perlbal-plugin';

/**
 * A plugin of Perlbal that lets the web tier point to addresses alone. Perlbal by itself also serves any file that it can read,
 * as the key of the certificate, and any service that it has, to whom an answer of the web tier says so.
 */
export const REPROXY_PLUGIN = perlbalPlugin(
  'Reproxy',
  'backend_response_received',
  `        $client->{res_headers}->header($_, undef) for qw(X-REPROXY-FILE X-REPROXY-SERVICE);
        return 0;
`,
);
