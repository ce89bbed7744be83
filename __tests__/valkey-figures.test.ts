import { Size } from 'cdk8s';
import { parse } from 'yaml';
import { Admin, Valkey, ValkeyDurability } from '../constructs';
import { withPromtool } from './promtool';
import { Manifest, find, newSite, synth } from './support';

function admin(): Admin {
  const site = newSite();
  new Valkey(site, 'valkey', { ram: Size.mebibytes(256), durability: ValkeyDurability.REQUIRED });
  return new Admin(site, 'admin', { ram: Size.mebibytes(512) });
}

function files(of: Admin): Record<string, string> {
  return find(synth(of), 'ConfigMap', of.config!.name).data;
}

test('the agent of each server is asked for its figures', () => {
  const { scrape_configs: jobs } = parse(files(admin())['prometheus.yml'] as string);
  expect(jobs.find((each: Manifest) => each.job_name === 'dfw-valkey-7911').static_configs).toEqual(
    ['1', '2'].map((number) => ({
      targets: [`dfw-valkey-${number}.dfw-valkey.dfw.svc.cluster.local:7911`],
      labels: { role: 'dfw-valkey', slice: `dfw-valkey0${number}` },
    })),
  );
});

test('the replica, memory, commands and clients are shown', () => {
  const page = files(admin())['slices.html'] as string;
  for (const title of ['has a replica', 'memory of that for data', 'commands', 'clients of those it takes', 'evicted'])
    expect(page).toContain(`<th>${title}</th>`);
});

withPromtool('valkey-figures-rules.yml', () => files(admin()));
