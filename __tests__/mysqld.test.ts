import { Size } from 'cdk8s';
import { Durability, ReplicatedMySQL } from '../constructs';
import type { ReplicatedMySQLProps } from '../constructs';
import { testOnMysqld, validated } from './mysqld';
import { newSite, ofKind, synth } from './support';

function myCnfOf(props: Partial<ReplicatedMySQLProps>): string {
  const given = { durability: Durability.PREFERRED, databases: ['wiki'], ram: Size.gibibytes(1), ...props };
  const database = new ReplicatedMySQL(newSite(), 'db', given);
  return ofKind(synth(database), 'ConfigMap').find((each) => each.data['my.cnf']).data['my.cnf'];
}

testOnMysqld.each([256, 1024, 16_384])('mysqld takes the configuration of a pair of %i MiB', (mebibytes) => {
  expect(validated(myCnfOf({ ram: Size.mebibytes(mebibytes) }))).toEqual({ code: 0, said: '' });
});

testOnMysqld('mysqld takes the configuration of a pair with a certificate and settings of its own', () => {
  const settings = { max_allowed_packet: '64M', 'innodb-ft-min-token-size': '2' };
  expect(validated(myCnfOf({ tls: { required: true }, settings }))).toEqual({ code: 0, said: '' });
});

testOnMysqld('mysqld refuses an option that it does not know, with and without a prefix that would hide it', () => {
  for (const option of ['sync_binlogg', 'loose_rpl_semi_sync_source_timeoutt'])
    expect(validated(`${myCnfOf({})}${option} = 1\n`).said).toContain('unknown variable');
});
