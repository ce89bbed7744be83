import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, describeSite } from './site-rules';

/** What some sites of the tests on a cluster are made with, beside nothing. */
const VARIANTS: Record<string, Record<string, string>[]> = {
  'blobs.ts': [{}, { ENGINE: 'mogilefs' }],
  'front.ts': [{}, { FRONT: 'gateway', ENGINE: 'haproxy' }, { FRONT: 'nodePort' }],
  'web.ts': [{}, { ENGINE: 'perlbal', TLS: '1' }],
};

const SITES = readdirSync(join(ROOT, 'e2e/sites')).flatMap((file) =>
  (VARIANTS[file] ?? [{}]).map((env) => [file, env] as const),
);

/** They have what no example has: Garage, backups, scaling. */
describe.each(SITES)('e2e/sites/%s with %p', (file, env) => describeSite(`e2e/sites/${file}`, env));
