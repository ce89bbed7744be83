import { Option } from './command';

/** Options that several commands take, named as kubectl names them. */

export const HELP = { help: { type: 'boolean', short: 'h', help: 'Print this help.' } } satisfies Options;

/** Choose the cluster. */
export const CLUSTER = {
  context: { type: 'string', value: 'NAME', help: 'Context of the kubeconfig to use.' },
  kubeconfig: { type: 'string', value: 'FILE', help: 'Kubeconfig to use instead of KUBECONFIG or ~/.kube/config.' },
} satisfies Options;

/** Choose the cluster, and the namespaces to look at. */
export const NAMESPACES = {
  ...CLUSTER,
  namespace: {
    type: 'string',
    short: 'n',
    value: 'NAME',
    multiple: true,
    help: 'Look only at this namespace; may be given several times. By default all are looked at.',
  },
} satisfies Options;

export const CHANGES = {
  'dry-run': { type: 'boolean', help: 'Change nothing; say what would be done.' },
  yes: { type: 'boolean', short: 'y', help: 'Do not ask before the cluster is changed.' },
} satisfies Options;

export const FORMATS = ['json', 'yaml', 'wide'] as const;

export const OUTPUT = {
  output: {
    type: 'string',
    short: 'o',
    value: 'FORMAT',
    choices: FORMATS,
    help: 'Print json, yaml, or wider columns.',
  },
} satisfies Options;

type Options = Readonly<Record<string, Option>>;
