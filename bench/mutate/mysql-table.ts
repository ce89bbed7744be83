import type { Mutation } from './mutation';
import { inFile } from './mutation';

/** Mistakes in who leads a pair of MySQL servers and in what its servers acknowledge. */
export const MYSQL_MUTATIONS: readonly Mutation[] = [
  ...inFile(
    'agent/mysql/engine.ts',
    ['__tests__/agent/mysql-engine.test.ts'],
    [
      ['      await this.agent.publish(factsOf(server, facts, term));\n', ''],
      ['      if (!verdict.well) throw new Error(verdict.reason);\n', ''],
      [
        "      if (this.role === 'primary' && this.agent.active()) this.fence.extend(this.config.timings.giveUpMs);",
        "      if (this.role === 'primary' && this.agent.active()) this.fence.extend(10 * this.config.timings.giveUpMs);",
      ],
      [
        "      if (this.role === 'primary' && this.agent.active()) this.fence.extend",
        "      if (this.role === 'primary') this.fence.extend",
      ],
      ['    await this.gate.close(planned ? PLANNED_DEMOTE_MS : DEMOTE_MS, this.primary.end());\n', ''],
      ['    if (!(await this.gate.isClosed())) return this.gate.close(DEMOTE_MS);\n', ''],
      [
        '    this.fence.ready(readable && isNamed({ uuid, boot: this.boot }, this.agent.facts()));',
        '    this.fence.ready(readable);',
      ],
      ["await this.takeover.applyAll(facts['primary'] === server.uuid, isForced(server, facts));", "'';"],
      ['      await this.primary.begin(String(term));\n', ''],
      [
        "      await this.gate.close(DEMOTE_MS, this.primary.end());\n      this.role = 'standby';\n      throw error;",
        "      this.role = 'standby';\n      throw error;",
      ],
      ['    if (wrong !== undefined && this.role', '    if (false && this.role'],
      ['      () => this.takeover.forgetSource(),\n', ''],
    ],
  ),
  ...inFile(
    'agent/mysql/fence.ts',
    ['__tests__/agent/mysql-fence.test.ts'],
    [
      ['this.uptime() * 100 + ms / 10', 'this.uptime() * 100 + ms'],
      ['    if (this.stops()) return;\n', ''],
      [
        '    if (!this.files.take(`${this.folder}/refuses`) || this.stops())',
        '    if (!this.files.take(`${this.folder}/refuses`))',
      ],
    ],
  ),
  ...inFile(
    'agent/mysql/gate.ts',
    ['__tests__/agent/mysql-gate.test.ts'],
    [
      ["        await this.server.query('SET GLOBAL offline_mode = ON');\n", ''],
      ['    this.fence.opens();\n', ''],
      ["(await refusesWrites(this.server)) ? 'refuses'", "true ? 'refuses'"],
      ['    this.fence.mayTakeWrites();\n', ''],
      ['      this.fence.kill();\n', ''],
      [
        "      if (outcome === 'refuses' && change === this.change) this.fence.refuses();",
        '      this.fence.refuses();',
      ],
      ['    if (this.opening || !(await quiet))', '    if (!(await quiet))'],
    ],
  ),
  ...inFile(
    'agent/mysql/globals.ts',
    ['__tests__/agent/mysql-gate.test.ts'],
    [
      [
        "  return values['super_read_only'] === '1' && values['read_only'] === '1';",
        "  return values['super_read_only'] === '1';",
      ],
    ],
  ),
  ...inFile(
    'agent/mysql/replica.ts',
    ['__tests__/agent/mysql-replica-repairs.test.ts'],
    [
      [' && (await this.fits(leader, source))', ''],
      ["(errant === '' || surplus !== '')", "errant === ''"],
      ["(errant === '' || surplus !== '')", 'true'],
      ["status.applyError === ''", 'false'],
    ],
  ),
  ...inFile(
    'agent/mysql/naming.ts',
    ['__tests__/agent/mysql-primary.test.ts'],
    [
      [
        "    return surplus === '' ? undefined : `the replica has ${surplus}, which its primary lacks`;",
        '    return undefined;',
      ],
    ],
  ),
  ...inFile(
    'agent/mysql/takeover.ts',
    ['__tests__/agent/mysql-takeover.test.ts'],
    [
      ['    await this.server.stopReceiving();\n', ''],
      ['    if (error && !forced) throw', '    if (error) throw'],
      ['    if (error && !forced) throw', '    if (error && forced) throw'],
      ["    if (!status.applying) await this.server.query('START REPLICA SQL_THREAD');\n", ''],
      ["wasPrimary ? '' : await", 'await'],
      ["    await this.patient.query('RESET REPLICA ALL');\n", ''],
    ],
  ),
  ...inFile(
    'agent/mysql/rules.ts',
    ['__tests__/agent/mysql-rules.test.ts'],
    [
      ["&& (facts['boot'] ?? boot) === boot", ''],
      [
        "  return facts['force'] === forceOf(server, facts);",
        "  return facts['force']?.startsWith(server.uuid) === true;",
      ],
      ["  if (server.half) return no('its copy of all data was not finished');\n", ''],
      ["facts['former'] === server.uuid ? Step.CLONE : Step.SET_ASIDE", 'Step.CLONE'],
      ['    ...UNNAMED,\n    ...ANSWERED,\n    force: undefined,', '    ...ANSWERED,\n    force: undefined,'],
      ['    force: undefined,\n', ''],
    ],
  ),
  ...inFile(
    'agent/mysql/primary.ts',
    ['__tests__/agent/mysql-primary.test.ts', '__tests__/agent/mysql-promises.test.ts'],
    [
      ['    await this.agent.publish(UNNAMED);\n    this.alone = true;', '    this.alone = true;'],
      [
        '    await this.wait(FOR_EVER_MS);\n    await this.agent.publish(UNNAMED);',
        '    await this.agent.publish(UNNAMED);',
      ],
      ['    await this.wait(FOR_EVER_MS);\n    if (this.alone) {', '    if (this.alone) {'],
      ['    this.timeoutMs = this.alone ? ALONE_TIMEOUT_MS : FOR_EVER_MS;', '    this.timeoutMs = ALONE_TIMEOUT_MS;'],
      ['    if (stuck && connected && !this.goesOn && !this.full) await this.naming.nudge();\n', ''],
      ['    await this.agent.publish({ force: undefined });\n', ''],
      ['    if (uuids.length > 1) return', '    if (false) return'],
      ["    if (this.goesOn && this.agent.otherLeaves()) return this.goOnAlone('it is about to stop');\n", ''],
    ],
  ),
  ...inFile(
    'agent/mysql/naming.ts',
    ['__tests__/agent/mysql-primary.test.ts'],
    [
      ["    if (missing !== '') return `the replica lacks ${missing}`;\n", ''],
      ["    if (there.uuid !== uuid) throw new Error('another server answers in place of the replica');\n", ''],
      [
        '    if (status?.applying === false) return `the replica does not apply what it receives: ${status.error}`;\n',
        '',
      ],
    ],
  ),
  ...inFile(
    'agent/mysql/yielding.ts',
    ['__tests__/agent/mysql-primary.test.ts', '__tests__/agent/mysql-promises.test.ts'],
    [
      ['      await this.endClients();\n', ''],
      ['      if (!(await this.closing.refuse())) return false;\n', '      void this.closing.refuse();\n'],
    ],
  ),
  ...inFile(
    'agent/mysql/replica.ts',
    ['__tests__/agent/mysql-replica.test.ts', '__tests__/agent/mysql-replica-repairs.test.ts'],
    [
      ["    if (!this.asking.mayNow('clones', own)) return;\n", ''],
      ['    if (step.what === Step.SET_ASIDE) return this.setAside(leader, own.uuid, step.errant);\n', ''],
      [
        "      if (theirs.uuid !== facts['primary']) throw new Error(`${leader.pod} has not begun to take writes`);\n",
        '',
      ],
    ],
  ),
  ...inFile('agent/mysql/tables.ts', ['__tests__/agent/mysql-tables.test.ts'], [["AND ENGINE <> 'InnoDB'\"", '"']]),
  ...inFile(
    'agent/mysql/volume.ts',
    ['__tests__/agent/mysql-volume.test.ts'],
    [
      ['free < least / 2', 'false'],
      ['    if (!this.refuses && free < least) {', '    if (false) {'],
    ],
  ),
  ...inFile(
    'agent/mysql/passwords.ts',
    ['__tests__/agent/mysql-passwords.test.ts'],
    [
      ["    await this.server.query('SET SESSION sql_log_bin = 0');\n", ''],
      [' RETAIN CURRENT PASSWORD`', '`'],
    ],
  ),
  ...inFile(
    'agent/mysql/statement.ts',
    ['__tests__/agent/mysql-statement.test.ts'],
    [['HAS_SECRET.test(statement) ?', 'false ?']],
  ),
];
