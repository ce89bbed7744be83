/**
 * Loses nodes of a site while clients ask it for pages: `npm run bench:site -- wiki --fault power --node lb --runs 3`. Each run is
 * printed, added to bench/site.json, and shown in bench/site.md. `--keep` leaves the site up, and uses one that is. With `--for-good` the
 * node stays off until the site is whole without it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, removeNamespaces } from '../kubernetes';
import { sleep } from '../failover/cluster';
import { loseForGood } from './for-good';
import { lose, nodeOf } from './losses';
import type { Fault } from './losses';
import { report } from './report';
import { record, recordForGood, recorded, recordedForGood } from './results';
import type { Recorded } from './results';
import { bringSiteUp } from './sites';

/** A role that is not whole by then never will be. */
const LONGEST_SECONDS = 180;

/** At most one node is marked in a minute: a loss sooner after another would measure Kubernetes. */
const APART_MS = 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fault: { type: 'string', default: 'power' },
    node: { type: 'string', default: 'lb' },
    runs: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '60' },
    variant: { type: 'string' },
    keep: { type: 'boolean' },
    'for-good': { type: 'boolean' },
  },
});

async function main(): Promise<void> {
  const [name = 'wiki'] = positionals;
  const up = await bringSiteUp(name, values.keep);
  try {
    for (let run = 0; run < Number(values.runs); run++) {
      if (run > 0) await sleep(APART_MS);
      const victim = await nodeOf(up, values.node);
      if (values['for-good']) {
        const loss = { site: up.site, ...(await loseForGood(up, victim, LONGEST_SECONDS)) };
        process.stdout.write(`${JSON.stringify(loss)}\n`);
        recordForGood(loss);
        writeFileSync(join(ROOT, 'bench/site.md'), report(recorded(), recordedForGood()));
        continue;
      }
      const loss = await lose(up, values.fault as Fault, victim, Number(values.seconds));
      const result: Recorded = { site: up.site, variant: values.variant ?? up.variant, ...loss };
      process.stdout.write(`${JSON.stringify(result)}\n`);
      record(result);
      writeFileSync(join(ROOT, 'bench/site.md'), report(recorded(), recordedForGood()));
    }
  } finally {
    if (!values.keep) await removeNamespaces(...up.namespaces);
  }
}

if (require.main === module)
  main().catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
