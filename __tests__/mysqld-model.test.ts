import { ModelledLaboratory } from './mysqld-lab/modelled';
import { Pair, Sent, pairOf } from './mysqld-lab/pair';
import { RealLaboratory } from './mysqld-lab/real';
import { testOnMysqld } from './mysqld';
import { isInstalled } from './tools';

/**
 * The simulation stands on a model of mysqld. Each of these says what mysqld does, and is tried on the model and on the real one
 * with the settings of a pair: where one of the two does something else, the model is wrong.
 */
const model = new ModelledLaboratory();
const real = new RealLaboratory();

beforeAll(async () => {
  if (isInstalled('mysqld')) await real.start();
}, 300_000);
afterAll(() => real.stop());

function mysqld(does: string, scenario: (pair: Pair) => Promise<void>): void {
  test(`the model ${does}`, () => model.run(async (lab) => scenario(await pairOf(lab))));
  testOnMysqld(`mysqld ${does}`, () => real.run(async (lab) => scenario(await pairOf(lab))), 120_000);
}

const CUT = 'the server closed the connection';

describe('a statement that nobody waits for any more', () => {
  const timeout = 'SET GLOBAL rpl_semi_sync_source_timeout = ';

  mysqld('is shown by its connection until it is over, which ends sooner by KILL', async (pair) => {
    const gone = await pair.first.connect('agent');
    const next = await pair.first.connect('agent');
    const list = `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = 'agent' AND (ID < 1 OR ID IN (${gone.id}))`;
    pair.first.signal('SIGSTOP');
    const sent = new Sent(gone.query(`${timeout}777`));
    await pair.pass(200);
    gone.close();
    await sent.settled;
    pair.first.signal('SIGCONT');
    await pair.until('it is over', async () => {
      const left = await next.query(list);
      for (const { id } of left) await next.query(`KILL ${id}`).catch(() => undefined);
      return left.length === 0;
    });
    await next.query(`${timeout}888`);
    await pair.pass(1_000);
    expect(await pair.value('@@global.rpl_semi_sync_source_timeout', next)).toBe('888');
  });
});

describe('semi-synchronous commits', () => {
  mysqld('lets a commit wait for a replica, and does not count it as executed until then', async (pair) => {
    await pair.lead();
    const sent = await pair.writeAndWait(1);
    await pair.pass(300);
    expect(await pair.semiSync()).toMatchObject({ status: 'ON', clients: '0', wait_sessions: '1', yes_tx: '0' });
    expect([sent.waits, await pair.executed()]).toEqual([true, '']);
    await pair.follow();
    expect(await sent.end()).toBe('OK');
    expect(await pair.executed()).toBe(`${pair.first.uuid}:1`);
    expect(await pair.semiSync()).toMatchObject({ clients: '1', wait_sessions: '0', yes_tx: '1', no_tx: '0' });
    expect(await pair.agent.query('SHOW REPLICAS')).toEqual([
      expect.objectContaining({ Replica_UUID: pair.second.uuid }),
    ]);
  });

  mysqld('goes on without a replica after the time-out, and waits again when that has caught up', async (pair) => {
    await pair.both();
    await pair.part();
    await pair.agent.query('SET GLOBAL rpl_semi_sync_source_timeout = 200');
    expect(await (await pair.write(1)).end()).toBe('OK');
    expect(await (await pair.write(2)).end()).toBe('OK');
    expect(await pair.semiSync()).toMatchObject({ status: 'OFF', yes_tx: '0', no_tx: '2' });
    await pair.other.query('START REPLICA IO_THREAD');
    await pair.until('the replica is connected', async () => (await pair.semiSync())['clients'] === '1');
    await pair.pass(1_500);
    await (await pair.write(3)).end();
    await pair.until('commits wait again', async () => (await pair.semiSync())['status'] === 'ON');
  });

  mysqld('lets a commit wait for as long as was said when it began to', async (pair) => {
    await pair.both();
    await pair.part();
    const sent = await pair.writeAndWait(1);
    await pair.agent.query('SET GLOBAL rpl_semi_sync_source_timeout = 10');
    await pair.pass(500);
    expect(sent.waits).toBe(true);
    await pair.other.query('START REPLICA IO_THREAD');
    expect(await sent.end()).toBe('OK');
  });

  mysqld('waits for a replica that connects and has the commit already, until it has a later one', async (pair) => {
    await pair.lead();
    const sent = await pair.writeAndWait(1);
    await pair.second.obtain(pair.first.uuid, 1, 1);
    await pair.follow();
    await pair.until('the replica is connected', async () => (await pair.semiSync())['clients'] === '1');
    await pair.pass(2_500);
    expect(sent.waits).toBe(true);
    expect(await (await pair.write(2)).end()).toBe('OK');
    expect(await sent.end()).toBe('OK');
  });

  mysqld(
    'acknowledges the commits that wait when semi-sync is turned off, and has it on at once again',
    async (pair) => {
      await pair.both();
      await pair.part();
      const sent = await pair.writeAndWait(1);
      await pair.agent.query('SET GLOBAL rpl_semi_sync_source_enabled = OFF');
      expect(await sent.end()).toBe('OK');
      expect(await pair.semiSync()).toMatchObject({ status: 'OFF', yes_tx: '0', no_tx: '1' });
      await pair.agent.query('SET GLOBAL rpl_semi_sync_source_enabled = ON');
      expect((await pair.semiSync())['status']).toBe('ON');
    },
  );

  mysqld('counts a replica that hangs as connected, and waits for it', async (pair) => {
    await pair.both();
    pair.second.signal('SIGSTOP');
    const sent = await pair.writeAndWait(1);
    await pair.pass(3_000);
    expect(await pair.semiSync()).toMatchObject({ clients: '1', wait_sessions: '1' });
    pair.second.signal('SIGCONT');
    expect(await sent.end()).toBe('OK');
  });

  mysqld(
    'ends the connection of a session that is killed while its commit waits, and lets the commit wait',
    async (pair) => {
      await pair.both();
      await pair.part();
      const sent = await pair.writeAndWait(1);
      const list =
        "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER NOT IN ('agent', 'replication', 'system user', 'event_scheduler')";
      for (const { id } of await pair.agent.query(list)) await pair.agent.query(`KILL ${id}`);
      expect(await sent.end()).toContain(CUT);
      await pair.pass(300);
      expect((await pair.semiSync())['wait_sessions']).toBe('1');
    },
  );
});

describe('refusing writes', () => {
  mysqld('says super_read_only while that still waits for a commit, and read_only once it is so', async (pair) => {
    await pair.both();
    await pair.part();
    const waiting = await pair.writeAndWait(1);
    const impatient = await pair.first.connect('agent');
    const order = new Sent(impatient.query('SET GLOBAL super_read_only = ON', 500));
    await pair.pass(200);
    const late = await pair.write(2);
    expect(await order.end()).toContain('no answer within 500 ms');
    await pair.pass(2_000);
    const [row] = await pair.agent.query('SELECT @@global.super_read_only AS super, @@global.read_only AS plain');
    expect([row, waiting.waits, late.waits]).toEqual([{ super: '1', plain: '0' }, true, true]);
    // Whoever asked is gone, and it comes about all the same.
    await pair.other.query('START REPLICA IO_THREAD');
    expect([await waiting.end(), await late.end()]).toEqual(['OK', '1290']);
    expect(await pair.value('@@global.read_only')).toBe('1');
  });

  mysqld('goes on taking writes where the statement that was to end that is killed while it waits', async (pair) => {
    await pair.both();
    await pair.part();
    const waiting = await pair.writeAndWait(1);
    const patient = await pair.first.connect('agent');
    const order = new Sent(patient.query('SET GLOBAL super_read_only = ON', 60_000));
    await pair.pass(200);
    const late = await pair.write(2);
    const list = "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE INFO = 'SET GLOBAL super_read_only = ON'";
    for (const { id } of await pair.agent.query(list)) await pair.agent.query(`KILL ${id}`);
    expect(await order.end()).not.toBe('OK');
    // Its client hears of the end before the server has undone what was begun.
    await pair.until('it takes writes again', async () => {
      const variables = 'SELECT @@global.super_read_only AS super, @@global.read_only AS plain';
      const [row] = await pair.agent.query(variables);
      return row?.['super'] === '0' && row['plain'] === '0';
    });
    await pair.other.query('START REPLICA IO_THREAD');
    expect([await waiting.end(), await late.end()]).toEqual(['OK', 'OK']);
  });

  mysqld(
    'ends all but the agents’ connections when it goes offline, and acknowledges nothing to them',
    async (pair) => {
      await pair.both();
      await pair.part();
      const waiting = await pair.writeAndWait(1);
      await pair.agent.query('SET GLOBAL offline_mode = ON');
      expect(await waiting.end()).toContain(CUT);
      expect((await pair.semiSync())['wait_sessions']).toBe('1');
      await expect(pair.first.connect('site')).rejects.toMatchObject({ code: 3032 });
      (await pair.first.connect('replication')).close();
      await pair.other.query('START REPLICA IO_THREAD');
      await pair.until('the commit is received', async () => (await pair.semiSync())['wait_sessions'] === '0');
    },
  );

  mysqld('ends the connection of a replica that is killed, which connects again', async (pair) => {
    await pair.both();
    const list = "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'";
    const [dump] = await pair.agent.query(list);
    await pair.agent.query(`KILL ${dump!['id']}`);
    await pair.until('it has connected again', async () => {
      const [now] = await pair.agent.query(list);
      return now !== undefined && now['id'] !== dump!['id'];
    });
    expect(await (await pair.write(1)).end()).toBe('OK');
  });

  mysqld('keeps the connection of its replica when it goes offline', async (pair) => {
    await pair.both();
    const waiting = await pair.write(1);
    await waiting.end();
    await pair.agent.query('SET GLOBAL offline_mode = ON');
    await pair.pass(3_000);
    expect([await pair.threads(), (await pair.semiSync())['clients']]).toEqual(['Yes Yes', '1']);
  });

  mysqld('refuses the writes of clients while it is read-only, and not those of an agent', async (pair) => {
    await pair.agent.query('SET GLOBAL super_read_only = OFF');
    expect(await pair.value('@@global.read_only')).toBe('1');
    expect(await (await pair.write(1)).end()).toBe('1290');
    await pair.agent.query('CREATE DATABASE IF NOT EXISTS slices');
    expect(await pair.executed()).toBe(`${pair.first.uuid}:1`);
    await pair.agent.query('SET GLOBAL super_read_only = ON');
    const refused = new Sent(pair.agent.query('CREATE DATABASE IF NOT EXISTS slices'));
    expect(await refused.end()).toBe('1290');
  });

  mysqld('carries out a statement that came while it hung, though whoever sent it is gone', async (pair) => {
    await pair.agent.query('SET GLOBAL super_read_only = OFF');
    const impatient = await pair.first.connect('agent');
    pair.first.signal('SIGSTOP');
    const sent = new Sent(impatient.query('SET GLOBAL read_only = OFF', 300));
    expect(await sent.end()).toContain('no answer within 300 ms');
    await pair.pass(500);
    pair.first.signal('SIGCONT');
    await pair.until('it is carried out', async () => (await pair.value('@@global.read_only')) === '0');
  });
});

describe('ending', () => {
  mysqld('acknowledges the commits that wait when it is told to stop, and starts read-only', async (pair) => {
    await pair.both();
    await pair.part();
    const sent = await pair.writeAndWait(1);
    pair.first.signal('SIGTERM');
    expect(await sent.end()).toBe('OK');
    expect(await pair.first.restarted()).toBe(0);
    const agent = await pair.first.connect('agent');
    const names = ['super_read_only', 'read_only', 'offline_mode', 'rpl_semi_sync_source_enabled'];
    const [row] = await agent.query(`SELECT ${names.map((name) => `@@global.${name} AS ${name}`).join(', ')}`);
    expect(names.map((name) => row![name])).toEqual(['1', '1', '0', '0']);
    expect(await pair.executed(agent)).toBe(`${pair.first.uuid}:1`);
  });

  mysqld('acknowledges nothing when it is killed, and has what waited when it is back', async (pair) => {
    await pair.both();
    await pair.part();
    const sent = await pair.writeAndWait(1);
    expect(await pair.executed()).toBe('');
    pair.first.signal('SIGKILL');
    expect(await sent.end()).toContain(CUT);
    expect(await pair.first.restarted()).toBe(137);
    expect(await pair.executed(await pair.first.connect('agent'))).toBe(`${pair.first.uuid}:1`);
  });

  mysqld(
    'keeps what it has received and not applied over a SIGKILL, and follows nobody by itself then',
    async (pair) => {
      await pair.both();
      await pair.other.query('STOP REPLICA SQL_THREAD');
      expect(await (await pair.write(1)).end()).toBe('OK');
      pair.second.signal('SIGKILL');
      await pair.second.restarted();
      const other = await pair.second.connect('agent');
      expect(await pair.status(other)).toMatchObject({
        Source_Host: pair.first.host,
        Retrieved_Gtid_Set: `${pair.first.uuid}:1`,
      });
      expect([await pair.threads(other), await pair.executed(other)]).toEqual(['No No', '']);
      await other.query('START REPLICA SQL_THREAD');
      await pair.until('it is applied', async () => (await pair.executed(other)) === `${pair.first.uuid}:1`);
    },
  );
});

describe('replication', () => {
  mysqld('ends a receiving thread that is killed, and keeps what that has received', async (pair) => {
    await pair.both();
    expect(await (await pair.write(1)).end()).toBe('OK');
    const list =
      "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = 'system user' AND STATE LIKE '%source%'";
    for (const { id } of await pair.other.query(list)) await pair.other.query(`KILL ${id}`);
    await pair.until('it has ended', async () => (await pair.threads()) === 'No Yes');
    const sent = await pair.writeAndWait(2);
    await pair.pass(300);
    expect([sent.waits, await pair.status()]).toEqual([
      true,
      expect.objectContaining({ Retrieved_Gtid_Set: `${pair.first.uuid}:1` }),
    ]);
  });

  mysqld(
    'gives up what it has received when its source is changed, but not for a password while it applies',
    async (pair) => {
      await pair.both();
      expect(await (await pair.write(1)).end()).toBe('OK');
      const change = "CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = 'replication'";
      await pair.part();
      await pair.other.query(change);
      expect((await pair.status())!['Retrieved_Gtid_Set']).toBe(`${pair.first.uuid}:1`);
      await pair.other.query('STOP REPLICA SQL_THREAD');
      await pair.other.query(change);
      expect((await pair.status())!['Retrieved_Gtid_Set']).toBe('');
    },
  );

  mysqld('changes no source, and forgets none, while it follows it', async (pair) => {
    await pair.both();
    expect(await new Sent(pair.follow().then(() => [])).end()).toBe('3081');
    expect(await new Sent(pair.other.query('RESET REPLICA ALL')).end()).toBe('3081');
    await pair.other.query('STOP REPLICA');
    await pair.other.query('RESET REPLICA ALL');
    expect(await pair.status()).toBeUndefined();
    expect(await new Sent(pair.other.query('START REPLICA')).end()).toBe('1200');
  });

  mysqld('tries to connect again when its source hangs', async (pair) => {
    await pair.both();
    pair.first.signal('SIGSTOP');
    await pair.until('it has noticed', async () => (await pair.threads()) === 'Connecting Yes');
    await pair.other.query('STOP REPLICA');
    expect(await pair.threads()).toBe('No No');
    pair.first.signal('SIGCONT');
  });

  mysqld('does not follow a source that has removed what it lacks', async (pair) => {
    await pair.lead();
    await pair.agent.query('SET GLOBAL rpl_semi_sync_source_enabled = OFF');
    expect(await (await pair.write(1)).end()).toBe('OK');
    await pair.first.purge();
    expect(await pair.value('@@global.gtid_purged')).toBe(`${pair.first.uuid}:1`);
    await pair.follow();
    await pair.until('it has given up', async () => (await pair.threads()) === 'No Yes');
    expect((await pair.status())!['Last_IO_Error']).toContain('purged required binary logs');
  });

  mysqld('does not follow a source that lacks transactions of its own number', async (pair) => {
    await pair.both();
    for (const row of [1, 2]) expect(await (await pair.write(row)).end()).toBe('OK');
    await pair.until('they are applied', async () => (await pair.executed(pair.other)) === `${pair.first.uuid}:1-2`);
    await pair.other.query('STOP REPLICA');
    await pair.first.setBack();
    const sent = await pair.writeAndWait(3);
    await pair.other.query('START REPLICA');
    await pair.until('it has given up', async () => (await pair.threads()) === 'No Yes');
    expect((await pair.status())!['Last_IO_Error']).toContain('Replica has more GTIDs than the source has');
    expect(sent.waits).toBe(true);
  });

  mysqld('tells sets of transactions apart as they are written', async (pair) => {
    const [a, b] = ['aaaaaaaa-0000-0000-0000-000000000000', 'bbbbbbbb-0000-0000-0000-000000000000'];
    expect(await pair.value(`GTID_SUBTRACT('${a}:1-9,${b}:1', '${a}:3-4:7')`)).toBe(`${a}:1-2:5-6:8-9,${b}:1`);
    expect(await pair.value(`GTID_SUBTRACT('${a}:1-9', '${a}:1-9')`)).toBe('');
    expect(await pair.value(`GTID_SUBSET('${a}:2', '${a}:1-3')`)).toBe('1');
    expect(await pair.value(`GTID_SUBSET('${a}:2-4', '${a}:1-3,${b}:4')`)).toBe('0');
  });
});

describe('CLONE', () => {
  const clone = async (pair: Pair, password = 'replication'): Promise<Sent> => {
    const { host, port } = pair.first;
    await pair.other.query(`SET GLOBAL clone_valid_donor_list = '${host}:${port}'`);
    await pair.other.query('SET GLOBAL offline_mode = ON');
    await pair.other.query('SET GLOBAL super_read_only = OFF');
    await pair.other.query('SET SESSION sql_log_bin = 0');
    await pair.other.query("CREATE USER IF NOT EXISTS 'half_a_copy'@'localhost' ACCOUNT LOCK");
    await pair.other.query('SET SESSION sql_log_bin = 1');
    const donor = `'replication'@'${host}':${port}`;
    return new Sent(pair.other.query(`CLONE INSTANCE FROM ${donor} IDENTIFIED BY '${password}' REQUIRE SSL`));
  };
  const half = async (pair: Pair, other = pair.other) =>
    (await other.query("SELECT 1 FROM mysql.user WHERE user = 'half_a_copy'")).length > 0;

  mysqld(
    'has the data and accounts of the donor, its own uuid and no binary log of these data after it',
    async (pair) => {
      await pair.lead();
      await pair.agent.query('SET GLOBAL rpl_semi_sync_source_enabled = OFF');
      expect(await (await pair.write(1)).end()).toBe('OK');
      await clone(pair);
      expect(await pair.second.restarted()).toBe(16);
      const other = await pair.second.connect('agent');
      const executed = `${pair.first.uuid}:1`;
      expect(await pair.value('@@server_uuid', other)).toBe(pair.second.uuid);
      expect([await pair.executed(other), await pair.value('@@global.gtid_purged', other)]).toEqual([
        executed,
        executed,
      ]);
      expect(await half(pair, other)).toBe(false);
      expect(await pair.status(other)).toBeUndefined();
    },
  );

  mysqld('is not done before each commit of the donor is', async (pair) => {
    await pair.lead();
    const waiting = await pair.writeAndWait(1);
    let ended = false;
    await clone(pair);
    void pair.second.restarted().then(() => (ended = true));
    await pair.pass(4_000);
    expect([ended, waiting.waits]).toEqual([false, true]);
    await pair.agent.query('SET GLOBAL rpl_semi_sync_source_enabled = OFF');
    await pair.until('the copy is done', async () => ended, 60_000);
  });

  mysqld('leaves the data where the donor takes no connection, and the mark as well', async (pair) => {
    await pair.both();
    expect(await (await pair.write(1)).end()).toBe('OK');
    await pair.until('it is applied', async () => (await pair.executed(pair.other)) === `${pair.first.uuid}:1`);
    await pair.other.query('STOP REPLICA');
    expect(await (await clone(pair, 'an old password')).end()).toBe('3862');
    expect([await pair.executed(pair.other), await half(pair)]).toEqual([`${pair.first.uuid}:1`, true]);
    // The other agent asks by this account.
    expect(await half(pair, await pair.second.connect('replication'))).toBe(true);
  });

  mysqld('has lost its data where the donor ends before the copy is done', async (pair) => {
    await pair.both();
    expect(await (await pair.write(1)).end()).toBe('OK');
    await pair.until('it is applied', async () => (await pair.executed(pair.other)) === `${pair.first.uuid}:1`);
    await pair.other.query('STOP REPLICA');
    const waiting = await pair.writeAndWait(2);
    const copy = await clone(pair);
    await pair.pass(3_000);
    pair.first.signal('SIGKILL');
    expect([await waiting.end(), await copy.end()]).toEqual([expect.stringContaining(CUT), '3862']);
    expect([await pair.executed(pair.other), await half(pair)]).toEqual(['', true]);
    await pair.first.restarted();
  });
});
