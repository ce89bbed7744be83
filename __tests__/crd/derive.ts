import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';

/**
 * Writes innodbclusters.yaml, which `npm run imports` and the tests read: the CRD of MySQL Operator for Kubernetes without its
 * text, so that no licence of others comes with it. It keeps names, types, bounds, and which properties are required.
 *
 *     npx tsx __tests__/crd/derive.ts deploy-crds.yaml 9.1.0-2.2.2
 *
 * The file is deploy/deploy-crds.yaml of that tag in github.com/mysql/mysql-operator.
 */

const OPEN = 'x-kubernetes-preserve-unknown-fields';
const KEPT = ['type', 'required', 'enum', 'minimum', 'maximum', 'maxLength', 'pattern', OPEN];

// oxlint-disable-next-line typescript/no-explicit-any
type Schema = any;

function structure(schema: Schema): Schema {
  const { properties, items } = schema;
  return {
    ...Object.fromEntries(KEPT.filter((key) => key in schema).map((key) => [key, schema[key]])),
    ...(items ? { items: structure(items) } : {}),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, structure(each)])) }
      : {}),
  };
}

const [path = '', version = ''] = process.argv.slice(2);
const { apiVersion, kind, metadata, spec } = parseAllDocuments(readFileSync(path, 'utf8'))
  .map((each) => each.toJS())
  .find((each) => each?.metadata?.name === 'innodbclusters.mysql.oracle.com');
const { schema } = spec.versions.find(({ name }: { name: string }) => name === 'v2');
const derived = {
  apiVersion,
  kind,
  metadata: { name: metadata.name },
  spec: {
    group: spec.group,
    names: { kind: spec.names.kind, plural: spec.names.plural },
    scope: spec.scope,
    versions: [
      { name: 'v2', served: true, storage: true, schema: { openAPIV3Schema: structure(schema.openAPIV3Schema) } },
    ],
  },
};
const source = `# The structure of github.com/mysql/mysql-operator ${version}, deploy/deploy-crds.yaml: see derive.ts.\n`;
writeFileSync(join(__dirname, 'innodbclusters.yaml'), source + stringify(derived, { singleQuote: true, lineWidth: 0 }));
