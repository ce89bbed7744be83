import { ApiObject, Duration, Size, Testing } from 'cdk8s';
import * as library from '../constructs';
import { INPUT_TYPES } from '../constructs/core/inputs/input-types-bundle';

/** Values of each type that the public API has, and values of wrong types. */

/** The public API, as a program without types has it. */
// oxlint-disable-next-line typescript/no-explicit-any
export const api = library as any;

const image = 'registry.example.org/forum:1';
const ram = Size.mebibytes(512);

/** A site with one of each role that others are given. */
export function newSamples() {
  const app = Testing.app();
  const site = new library.Site(app, 'dfw', { domain: 'example.org' });
  const database = new library.ReplicatedMySQL(site, 'db', {
    ram,
    durability: library.Durability.REQUIRED,
    databases: ['forum', 'mogilefs'],
  });
  const queue = library.JobQueue.theSchwartz({ database });
  const workers = [{ name: 'mail', command: ['mail'] }];
  const jobs = new library.JobWorkers(site, 'jobs', { ram, image, queue, workers });
  const web = new library.WebTier(site, 'web', { ram, image });
  const blobs = new library.BlobStore(site, 'mog', { ram, engine: library.BlobEngine.garage() });
  const statefulSet = new ApiObject(site.chart, 'set', { apiVersion: 'apps/v1', kind: 'StatefulSet' });
  const known: Record<string, unknown> = {
    Size: ram,
    Duration: Duration.seconds(4),
    Construct: site,
    IConstruct: site,
    Site: site,
    IConnectable: database,
    Role: database,
    ReplicatedMySQL: database,
    ExternalQueue: new library.ExternalQueue(site, 'queue', { host: '10.1.2.3', port: 6379 }),
    JobWorkers: jobs,
    WebTier: web,
    BlobStore: blobs,
    ApiObject: statefulSet,
    Date: new Date(0),
  };
  return {
    app,
    site,
    database,
    jobs,
    web,
    blobs,
    queue,
    statefulSet,
    sampleOf: (type: string) => sampleOf(type, known),
  };
}

/** A value of the type, in which only what has to be there is. */
function sampleOf(type: string, known: Record<string, unknown>): unknown {
  if (type in known) return known[type];
  if (type.endsWith('[]')) return [sampleOf(type.slice(0, -2), known)];
  if (type.startsWith('Map<')) return { name: sampleOf(type.slice(4, -1), known) };
  const simple: Record<string, unknown> = { string: 'text', number: 1, integer: 1, boolean: true, any: {} };
  if (type in simple) return simple[type];
  const values = INPUT_TYPES.enums[type];
  if (values) return Object.values(values)[0];
  const fields = INPUT_TYPES.structs[type];
  if (fields) return sampleOfFields(fields, known);
  return makeSample(type, known);
}

function makeSample(type: string, known: Record<string, unknown>): unknown {
  if (type.startsWith('k8s.')) return api.k8s[type.slice(4)].fromString('1');
  for (const [name, { factories = {} }] of Object.entries(INPUT_TYPES.classes))
    for (const [method, { parameters, returns }] of Object.entries(factories))
      if (returns === type) return api[name][method](...Object.values(sampleOfFields(parameters, known)));
  throw new Error(`there is no sample of ${type}`);
}

/** What has to be there. */
export function sampleOfFields(
  fields: Record<string, string>,
  known: Record<string, unknown>,
): Record<string, unknown> {
  const needed = Object.entries(fields).filter(([name]) => !name.endsWith('?'));
  return Object.fromEntries(needed.map(([name, type]) => [name, sampleOf(type, known)]));
}

/** Values of other types, by what is wrong with them. */
export function wrongValues(type: string, sample: unknown): [string, unknown][] {
  if (type === 'any') return [];
  const others: [string, unknown][] = [
    ['null', null],
    ['a symbol', Symbol('x')],
    ['a function', () => 1],
    ['an object of another class', type === 'Date' ? ram : new Date(0)],
    ['a list in a list', [[sample]]],
  ];
  if (!type.endsWith('[]')) others.push(['a list of it', [sample]], ['an empty list', []]);
  else others.push(['one without the list', (sample as unknown[])[0]], ['a list with a hole', [undefined]]);
  if (!isStruct(type)) others.push(['an object', { x: 1 }], ['an object without a class', Object.create(null)]);
  else others.push(['an amount', ram], ['a map', new Map()]);
  if (type === 'integer') others.push(['half of one', 0.5], ['infinitely many', Infinity], ['no number', NaN]);
  else if (type !== 'number') others.push(['a number', 7], ['no number', NaN]);
  else others.push(['a number in quotes', '7'], ['no number', NaN], ['infinitely many', Infinity], ['a BigInt', 7n]);
  if (type !== 'string') others.push(['text', 'x'], ['empty text', '']);
  else others.push(['an object of String', new String('x')]);
  if (type !== 'boolean') others.push(['true', true], ['false', false]);
  else others.push(['text', 'true']);
  if (type === 'Size') others.push(['an amount of nothing', Size.mebibytes(NaN)], ['a time', Duration.seconds(1)]);
  return others;
}

function isStruct(type: string): boolean {
  return type in INPUT_TYPES.structs || type.startsWith('Map<');
}
