import { mysqlMetrics } from '../../agent/mysql/metrics';
import { MySqlServer } from '../../agent/mysql/server';

const STATUS = {
  Threads_connected: '12',
  Innodb_buffer_pool_read_requests: '1000',
  Innodb_buffer_pool_reads: '10',
  Rpl_semi_sync_source_status: 'ON',
  Rpl_semi_sync_source_clients: '1',
};

type Answer = Record<string, string | null>[];

/** A server that answers by the start of the statement. */
function server(answers: Record<string, Answer>): MySqlServer {
  const made = new MySqlServer({ socketPath: '/nowhere', user: 'agent', password: '', timeoutMs: 100 });
  jest.spyOn(made, 'query').mockImplementation(async (statement) => {
    const [, answer] = Object.entries(answers).find(([start]) => statement.startsWith(start)) ?? [];
    if (!answer) throw new Error(`nobody expected ${statement}`);
    return answer;
  });
  return made;
}

const primary = {
  "SHOW GLOBAL STATUS LIKE 'Ssl": [{ Variable_name: 'Ssl_server_not_after', Value: 'Nov 24 19:00:00 2036 GMT' }],
  'SHOW GLOBAL STATUS': Object.entries(STATUS).map(([name, value]) => ({ Variable_name: name, Value: value })),
  'SHOW REPLICA STATUS': [],
  'SELECT @@global.max_connections': [{ connections: '109', offline: '0', uuid: 'a' }],
};

async function figures(answers: Record<string, Answer>, hasReplica = true): Promise<Record<string, number>> {
  const named = (uuid: string) => ({ primary: uuid === 'a', hasReplica });
  return Object.fromEntries((await mysqlMetrics(server(answers), named)).map(({ name, value }) => [name, value]));
}

test('a primary tells of its clients, its pool, and whether commits wait for a replica that has everything', async () => {
  expect(await figures(primary)).toEqual({
    mysql_up: 1,
    mysql_global_status_threads_connected: 12,
    mysql_global_status_innodb_buffer_pool_read_requests: 1000,
    mysql_global_status_innodb_buffer_pool_reads: 10,
    mysql_global_status_rpl_semi_sync_source_status: 1,
    mysql_global_status_rpl_semi_sync_source_clients: 1,
    mysql_certificate_not_after_seconds: Date.UTC(2036, 10, 24, 19) / 1000,
    mysql_global_variables_max_connections: 109,
    mysql_offline: 0,
    mysql_primary_has_replica: 1,
  });
  expect((await figures(primary, false))['mysql_primary_has_replica']).toBe(0);
});

const running = { Source_Host: 'a', Replica_IO_Running: 'Yes', Replica_SQL_Running: 'Yes' };
const replica = (status: Record<string, string | null>) => ({
  ...primary,
  'SHOW REPLICA STATUS': [{ ...running, ...status }],
  'SELECT @@global.max_connections': [{ connections: '109', offline: '0', uuid: 'b' }],
});

test('a replica tells how far it is behind, and nothing of what only a primary knows', async () => {
  const told = await figures(replica({ Seconds_Behind_Source: '7' }));
  expect(told).toMatchObject({ mysql_replica_running: 1, mysql_replica_lag_seconds: 7 });
  expect(told).not.toHaveProperty('mysql_primary_has_replica');
});

test('one that applies nothing is not said to be behind by no time at all', async () => {
  const told = await figures(replica({ Replica_SQL_Running: 'No', Seconds_Behind_Source: null }));
  expect(told).toMatchObject({ mysql_replica_running: 0 });
  expect(told).not.toHaveProperty('mysql_replica_lag_seconds');
});

test('one that does not answer is down, and no more', async () => {
  expect(await figures({})).toEqual({ mysql_up: 0 });
});
