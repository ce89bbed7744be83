import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/**
 * Takes what the tests check an InnoDBCluster by out of the CRD of MySQL Operator for Kubernetes: names of properties, their
 * types and bounds, and which are required; no text of it.
 *
 *     npx tsx __tests__/crd/derive.ts deploy-crds.yaml 9.1.0-2.2.2
 *
 * The file is deploy/deploy-crds.yaml of that tag in github.com/mysql/mysql-operator.
 */

const KEPT = ['type', 'required', 'enum', 'minimum', 'maximum', 'maxLength', 'pattern'];
const OPEN = 'x-kubernetes-preserve-unknown-fields';

// oxlint-disable-next-line typescript/no-explicit-any
type Schema = any;

function structure(schema: Schema): Schema {
  const { properties, items } = schema;
  return {
    ...Object.fromEntries(KEPT.filter((key) => key in schema).map((key) => [key, schema[key]])),
    ...(schema[OPEN] ? { open: true } : {}),
    ...(items ? { items: structure(items) } : {}),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, structure(each)])) }
      : {}),
  };
}

const [path = '', version = ''] = process.argv.slice(2);
const crd = parseAllDocuments(readFileSync(path, 'utf8'))
  .map((each) => each.toJS())
  .find((each) => each?.metadata?.name === 'innodbclusters.mysql.oracle.com');
const { schema } = crd.spec.versions.find(({ name }: { name: string }) => name === 'v2');
const derived = {
  source: `github.com/mysql/mysql-operator ${version}, deploy/deploy-crds.yaml, mysql.oracle.com/v2 InnoDBCluster`,
  schema: structure(schema.openAPIV3Schema),
};
const target = join(__dirname, 'innodbcluster.json');
writeFileSync(target, JSON.stringify(derived));
execFileSync('npx', ['prettier', '--write', target, '--log-level', 'warn']);
