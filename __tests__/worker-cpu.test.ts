import { Size } from 'cdk8s';
import { Cpu, JobWorkers, JobWorkersProps } from '../constructs';
import { Manifest, newSite, ofKind, problems, synth } from './support';

/** As many kinds as a large site has, of 32 to 704 MiB: 15.5 GiB together. */
const KINDS = Array.from({ length: 43 }, (_, index) => ({
  name: `kind-${index + 1}`,
  command: ['work'],
  ram: Size.mebibytes(32 + 16 * index),
}));

function jobs(props: Partial<JobWorkersProps>): JobWorkers {
  return new JobWorkers(newSite(), 'jobs', { ram: Size.gibibytes(16), workers: KINDS, ...props });
}

/** Thousandths of a core that all pods of the role ask for, and their containers. */
function asked(role: JobWorkers): { millis: number; containers: number } {
  expect(problems(role)).toEqual([]);
  const of = ofKind(synth(role), 'Deployment').flatMap(({ spec }) =>
    spec.template.spec.containers.map(({ resources }: Manifest) => ({
      millis: spec.replicas * Number.parseInt(resources.requests.cpu, 10),
      containers: spec.replicas,
    })),
  );
  return of.reduce((sum, each) => ({
    millis: sum.millis + each.millis,
    containers: sum.containers + each.containers,
  }));
}

const TAKEN = KINDS.reduce((sum, { ram }) => sum + ram.toMebibytes(), 0);

describe.each([1, 3])('on %i slices', (slices) => {
  test.each<[string, Cpu | undefined, number]>([
    ['250 m for each GiB, unless it says another', undefined, 4000],
    ['as much for each GiB as it says', Cpu.millisPerGibibyte(100), 1600],
    ['as much for each slice as it says', Cpu.millis(700), 700],
    ['as many cores for each slice as it says', Cpu.cores(6), 6000],
  ])('kinds ask together for %s, in one pod and in pods of their own', (_, cpuRequest, ofSlice) => {
    const resources = { resources: { ...(cpuRequest && { cpuRequest }) } };
    // Workers share the whole slice, and those with pods of their own have the RAM that is theirs.
    const together = asked(jobs({ slices, workers: KINDS.map((kind) => ({ ...kind, apart: false })), ...resources }));
    expect(together.containers).toBe(43 * slices);
    expect(Math.abs(together.millis - ofSlice * slices)).toBeLessThanOrEqual(together.containers / 2);
    const apart = asked(jobs({ slices, ...resources }));
    expect(apart.containers).toBe(43 * slices);
    const share = (ofSlice * slices * TAKEN) / (16 * 1024);
    expect(Math.abs(apart.millis - share)).toBeLessThanOrEqual(apart.containers / 2);
  });
});

test('a kind with CPU of its own changes nothing for the others', () => {
  const own = asked(
    jobs({ workers: KINDS.map((kind, index) => (index === 0 ? { ...kind, cpuRequest: Cpu.millis(500) } : kind)) }),
  );
  expect(own.millis - asked(jobs({})).millis).toBe(500 - 8);
});
