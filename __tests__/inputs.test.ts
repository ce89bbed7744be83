import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INPUT_TYPES_FILE, inputTypesModule } from '../build/input-types';
import { isChecked } from '../constructs/core/inputs/checked';
import { INPUT_TYPES } from '../constructs/core/inputs/input-types-bundle';
import type { Fields } from '../constructs/core/inputs/input-types';
import { Fault, Inputs } from '../constructs/core/inputs/inputs';
import { recordedProblems } from '../constructs/core/problems';
import { api, newSamples, wrongValues } from './input-samples';

const ROOT = join(__dirname, '..');
const samples = newSamples();
const { site } = samples;

test('the types are those of the sources (`npm run build:agent`)', () => {
  expect(readFileSync(join(ROOT, INPUT_TYPES_FILE), 'utf8') === inputTypesModule()).toBe(true);
});

test('every public class compares what it is given with the types', () => {
  const classes = Object.keys(INPUT_TYPES.classes).filter((name) => !name.startsWith('k8s.'));
  expect(classes.length).toBeGreaterThan(24);
  expect(classes.filter((name) => !isChecked(api[name]))).toEqual([]);
});

/** Faults of a value where another type is expected. */
function faultsOf(type: string, value: unknown): Fault[] {
  return new Inputs({ given: type }, [value]).faults;
}

const nameOf = (written: string) => written.replace('?', '');
const STRUCTS = Object.entries(INPUT_TYPES.structs);

describe.each(STRUCTS)('%s', (struct, fields) => {
  const sample = samples.sampleOf(struct) as object;

  test('one with all that it has to have is taken, with all that it may have as well', () => {
    const whole = Object.entries(fields).map(([name, type]) => [nameOf(name), samples.sampleOf(type)]);
    expect([faultsOf(struct, sample), faultsOf(struct, Object.fromEntries(whole))]).toEqual([[], []]);
  });

  test.each(Object.entries(fields).filter(([, type]) => type !== 'any'))(
    "a wrong value of '%s', which is a %s, is named",
    (written, type) => {
      const name = nameOf(written);
      for (const [what, value] of wrongValues(type, samples.sampleOf(type))) {
        const found = faultsOf(`${struct}[]`, [{ ...sample, [name]: value }]);
        expect([what, found.map(({ property }) => property.includes(name))]).toEqual([what, [true]]);
      }
    },
  );

  test('a property that is not there, and one that is misspelt, are named', () => {
    const known = Object.keys(fields).map(nameOf);
    const left = Object.keys(fields).filter((each) => !each.endsWith('?'));
    for (const name of left) {
      const found = faultsOf(`${struct}[]`, [{ ...sample, [name]: undefined }]);
      expect(found).toEqual([expect.objectContaining({ instead: expect.stringMatching(/^it is missing; write /) })]);
    }
    for (const name of known) {
      const [found] = faultsOf(`${struct}[]`, [{ ...sample, [`${name}x`]: 1 }]);
      expect([found?.property, found?.instead]).toEqual([
        expect.stringMatching(new RegExp(`[.]${name}x$`)),
        `there is no property of this name; did you mean '${name}'? Otherwise leave it out`,
      ]);
    }
  });
});

/** A call of a constructor, a static method or a method. */
interface Call {
  readonly what: string;
  readonly parameters: Fields;
  readonly by: (args: unknown[]) => unknown;
}

function callsOf(name: string): Call[] {
  const { make, factories = {}, methods = {} } = INPUT_TYPES.classes[name]!;
  // A role is made as one of its kinds.
  const own =
    make && !INPUT_TYPES.classes[name]?.abstract
      ? [{ what: `new ${name}`, parameters: make, by: (args: unknown[]) => new api[name](...args) }]
      : [];
  const made = Object.entries(factories).map(([method, { parameters }]) => ({
    what: `${name}.${method}`,
    parameters,
    by: (args: unknown[]) => api[name][method](...args),
  }));
  const called = Object.entries(methods).map(([method, { parameters }]) => ({
    what: `${name}().${method}`,
    parameters,
    by: (args: unknown[]) =>
      (samples.sampleOf(name) as Record<string, (...args: unknown[]) => unknown>)[method]!(...args),
  }));
  return [...own, ...made, ...called].filter(({ parameters }) => Object.keys(parameters).length > 0);
}

const CALLS = Object.keys(INPUT_TYPES.classes)
  .filter((name) => !name.startsWith('k8s.'))
  .flatMap(callsOf);

/** Faults of a call. The construct that is made reports them, or the construct that is given it, or an error. */
function saidOf({ by }: Call, args: unknown[]): string {
  try {
    const given = new Inputs({ given: 'Slice' }, [by(args)]).faults;
    return [...given.map(({ property }) => property), ...recordedProblems(site)].join('\n');
  } catch (error) {
    expect((error as Error).constructor.name).toBe('Error');
    return (error as Error).message;
  }
}

test.each(CALLS)('$what says which parameter is wrong, and throws nothing that says less', (call) => {
  const names = Object.keys(call.parameters);
  const right = Object.values(call.parameters).map((type) => samples.sampleOf(type));
  names.forEach((written, index) => {
    for (const [kind, value] of wrongValues(call.parameters[written]!, right[index])) {
      const id = `${names.indexOf('id') < 0 ? '' : call.what.slice(4).toLowerCase()}-${index}-${kind.replaceAll(' ', '-')}`;
      const args = right.map((each, at) => (at === index ? value : names[at] === 'id' ? id : each));
      expect([kind, saidOf(call, args)]).toEqual([kind, expect.stringContaining(nameOf(written))]);
    }
  });
});

/** Each property of what constructors and static methods are given. */
const PROPERTIES = CALLS.flatMap((call) =>
  Object.entries(call.parameters).flatMap(([parameter, struct]) =>
    Object.entries(INPUT_TYPES.structs[struct] ?? {}).map(([written, type]) => ({ call, parameter, written, type })),
  ),
);

test.each(PROPERTIES)('$call.what names a wrong $written and its own path', ({ call, parameter, written, type }) => {
  const { app, site: own, sampleOf } = newSamples();
  const name = nameOf(written);
  const wrong = wrongValues(type, sampleOf(type));
  const made = wrong.map(([, value], index) => {
    const args = Object.entries(call.parameters).map(([each, given]) => {
      if (each === 'scope') return call.what === 'new Site' ? app : own;
      if (each === 'id') return `made${index}`;
      return each === parameter ? { ...(sampleOf(given) as object), [name]: value } : sampleOf(given);
    });
    return call.by(args);
  });
  const said = recordedProblems(own.node.root);
  wrong.forEach(([kind], index) => {
    const found =
      'scope' in call.parameters
        ? said.filter((line) => line.includes(`made${index}] '${name}`))
        : new Inputs({ given: 'Slice' }, [made[index]]).faults.map(({ property }) => property);
    expect([kind, found]).toEqual([kind, [expect.stringContaining(name)]]);
  });
});
