export * from './kubernetes';

/** `describe` where there is a cluster; elsewhere the tests are skipped, and the report says so. */
export const withCluster = process.env['KUBECONFIG'] ? describe : describe.skip;
if (!process.env['KUBECONFIG'])
  process.stderr.write('KUBECONFIG names no cluster: the tests that need one are skipped\n');
