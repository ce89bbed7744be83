import { parseAgentConfig } from '../contract/agent-config';
import { parseBackupTask } from '../contract/backup-environment';
import { parseExporterConfig } from '../contract/exporter-config';
import { parseGarageConfig } from '../contract/garage-config';
import { REQUIRED_SECRETS_LABEL } from '../contract/labels';
import { REQUIRED_SECRETS, parseRequiredSecret } from '../contract/required-secret';
import { allContainers, named, podTemplates } from './invariants';
import { Manifest, ofKind } from './support';

/** Files of ConfigMaps, by the program beside them that reads them, and that program's own parser. */
const PARSERS: Record<string, (json: string) => unknown> = {
  'exporter.js': parseExporterConfig,
  'heartbeat.js': parseAgentConfig,
};

/** Rules about the configurations that the library's own programs read. */
export const CONFIGURATION_INVARIANTS: Record<string, (objects: Manifest[]) => void> = {
  'each program takes the configuration that is mounted beside it'(objects) {
    for (const { metadata, data } of ofKind(objects, 'ConfigMap')) {
      if (data?.['config.json'] === undefined) continue;
      const programs = Object.keys(data).filter((file) => file !== 'config.json');
      expect([metadata.name, programs]).toEqual([metadata.name, [expect.stringMatching(/\.js$/)]]);
      const parse = PARSERS[programs[0]!];
      if (!parse) throw new Error(`${metadata.name}: no parser of ${programs[0]} is known here`);
      expect(parse(data['config.json'])).toEqual(JSON.parse(data['config.json']));
    }
  },

  'a variable that refers to another has its value, which stands before it'(objects) {
    for (const { owner, template } of podTemplates(objects)) {
      for (const { name: container, env = [] } of allContainers(template)) {
        const all = env.map((each: { name: string }) => each.name);
        for (const [index, { name, value = '' }] of env.entries()) {
          // `$$(` would be no reference: the program would get the text.
          for (const [, escaped, variable = ''] of value.matchAll(/(\$?)\$\(([A-Za-z_]\w*)\)/g)) {
            const isThere = all.slice(0, index).includes(variable) || variable.endsWith('_SERVICE_HOST');
            if (all.includes(variable) || escaped === '')
              expect([named(owner), container, name, value, escaped, isThere]).toEqual([
                named(owner),
                container,
                name,
                value,
                '',
                true,
              ]);
          }
        }
      }
    }
  },

  'each program takes the environment that its container gives it'(objects) {
    for (const { template } of podTemplates(objects)) {
      for (const { command = [], env = [] } of allContainers(template)) {
        const [program, ...words] = command.slice(command.findIndex((word: string) => word.endsWith('.js')));
        // A value of a Secret is some text.
        const given = Object.fromEntries(env.map((each: Manifest) => [each.name, each.value ?? 'secret'] as const));
        if (program?.endsWith('/backup.js')) expect(parseBackupTask(words, given)).toMatchObject({ command: words[0] });
        else if (program?.endsWith('/garage.js') && words[0] === 'set-up') parseGarageConfig(given['WANTED'] ?? '');
      }
    }
  },

  'the command that makes Secrets takes every list of those that pods wait for'(objects) {
    const lists = ofKind(objects, 'ConfigMap').filter(
      ({ metadata }) => metadata.name === REQUIRED_SECRETS || metadata.labels?.[REQUIRED_SECRETS_LABEL] === 'true',
    );
    expect(lists.length).toBeGreaterThan(0);
    for (const [name, json] of lists.flatMap(({ data }) => Object.entries<string>(data ?? {})))
      expect(parseRequiredSecret(name, json)).toEqual(JSON.parse(json));
  },

  'a planned handover waits for the nodes to follow, and its pod lives long enough for it'(objects) {
    for (const { metadata, data } of configsWith(objects, 'heartbeat.js')) {
      const { handover, pods } = parseAgentConfig(data['config.json']);
      // kube-proxy makes one change a second.
      expect([metadata.name, handover.settleMs]).toEqual([metadata.name, 1000]);
      const seconds = (handover.withinMs + 2 * handover.settleMs) / 1000;
      const name = pods[0]!.replace(/-\d+$/, '');
      const set = ofKind(objects, 'StatefulSet').find((each) => each.metadata.name === name);
      expect(set.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(seconds);
    }
  },

  'MySQL has on its disk what it acknowledges'(objects) {
    for (const { metadata, data } of configsWith(objects, 'my.cnf')) {
      const options = new Map(data['my.cnf'].split('\n').map((line: string) => line.split(' = ') as [string, string]));
      const values = Object.keys(DURABLE_MYSQL).map((option) => [option, options.get(option)]);
      expect([metadata.name, Object.fromEntries(values)]).toEqual([metadata.name, DURABLE_MYSQL]);
      for (const risky of ['innodb_doublewrite', 'innodb_flush_method', 'sql_log_bin', 'skip_log_bin'])
        expect([metadata.name, options.get(risky)]).toEqual([metadata.name, undefined]);
    }
  },

  'Garage has on its disk what it acknowledges, and a second copy'(objects) {
    for (const { metadata, data } of configsWith(objects, 'garage.toml')) {
      const lines = data['garage.toml'].split('\n');
      for (const line of ['metadata_fsync = true', 'data_fsync = true', 'replication_factor = 2'])
        expect([metadata.name, lines.includes(line), line]).toEqual([metadata.name, true, line]);
    }
  },
};

/** Without these a server that loses its power has lost transactions that a client was told of. */
const DURABLE_MYSQL = {
  sync_binlog: '1',
  innodb_flush_log_at_trx_commit: '1',
  gtid_mode: 'ON',
  enforce_gtid_consistency: 'ON',
  log_replica_updates: 'ON',
  super_read_only: 'ON',
  skip_replica_start: 'ON',
  loose_rpl_semi_sync_source_wait_point: 'AFTER_SYNC',
  loose_rpl_semi_sync_source_wait_for_replica_count: '1',
  loose_rpl_semi_sync_source_wait_no_replica: 'ON',
  loose_rpl_semi_sync_source_timeout: '4294967295',
};

function configsWith(objects: Manifest[], file: string): Manifest[] {
  return ofKind(objects, 'ConfigMap').filter(({ data }) => data?.[file] !== undefined);
}
