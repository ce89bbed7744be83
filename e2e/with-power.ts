/** `test` where CLUSTER names a program that takes a node's power. Elsewhere the test is skipped, and the report says so. */
export const withPower = process.env['CLUSTER'] ? test : test.skip;
if (!process.env['CLUSTER']) process.stderr.write('CLUSTER takes no node its power: skipped\n');
