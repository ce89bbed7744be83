import { nameOf, withoutSecrets } from '../../agent/mysql/statement';

test('a statement is named by its first words, whatever it holds', () => {
  const named = {
    "ALTER USER 'replication'@'%' IDENTIFIED BY 'hunter2' RETAIN CURRENT PASSWORD": 'ALTER USER',
    "CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = 'hunter2'": 'CHANGE REPLICATION SOURCE',
    "CLONE INSTANCE FROM 'replication'@'db01':3306 IDENTIFIED BY 'hunter2' REQUIRE SSL": 'CLONE INSTANCE',
    'SET GLOBAL super_read_only = ON': 'SET GLOBAL',
    "SELECT 'hunter2'": 'SELECT',
    "  insert INTO t VALUES ('hunter2')": 'INSERT',
    "'hunter2'": 'a statement',
  };
  expect(Object.keys(named).map(nameOf)).toEqual(Object.values(named));
});

test('of a statement with a password the server’s message quotes nothing', () => {
  const statements = [
    "ALTER USER 'site'@'%' IDENTIFIED BY 'it''s hunter2'",
    "CREATE USER 'site'@'%' identified with caching_sha2_password by 'hunter2'",
    "CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = 'hunter2'",
    "SET PASSWORD FOR 'site'@'%' = 'hunter2'",
  ];
  const messages = [
    "You have an error in your SQL syntax; check the manual for the right syntax to use near 's hunter2' at line 1",
    "String 'it's hunter2' is too long for password (should be no longer than 32)",
    'Incorrect value "hunter2" and `hunter2`',
    'an error near hunter2',
  ];
  for (const statement of statements)
    for (const message of messages) expect(withoutSecrets(message, statement)).not.toMatch(/hunter|it's/);
  expect(withoutSecrets("Unknown column 'id'", 'SELECT id')).toBe("Unknown column 'id'");
});
