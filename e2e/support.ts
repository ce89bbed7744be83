export * from './kubernetes';

/** `describe` where there is a cluster. Elsewhere the tests are skipped, and the report says so; in CI they fail. */
export const withCluster = process.env['KUBECONFIG'] ? describe : describe.skip;
if (!process.env['KUBECONFIG'] && process.env['CI'])
  throw new Error('KUBECONFIG names no cluster: write its path there');
if (!process.env['KUBECONFIG'])
  process.stderr.write('KUBECONFIG names no cluster: the tests that need one are skipped\n');
