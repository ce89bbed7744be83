import type { IConstruct } from 'constructs';
import type { MySQLAccount } from './mysql-account';
import type { ReplicatedMySQL } from './replicated-mysql';
import type { Role } from '../core/role';
import { problem } from '../core/problems';

export function checkDatabases(of: ReplicatedMySQL, databases: string[]): void {
  if (databases.length === 0) problem(of, 'databases', databases, "name one or more, as in ['wiki']");
  databases.forEach((name) => {
    if (
      !/^[a-z][a-z0-9_]{0,63}$/.test(name) ||
      /^(mysql|sys|performance_schema|information_schema|slices)$/.test(name)
    ) {
      const instead =
        'write up to 64 lower-case letters, digits and underscores, and none that is taken, as mysql, sys and slices are';
      problem(of, 'databases', name, instead);
    }
  });
}

/** One of a pair's databases, which this role and no other has for itself. */
export function takeDatabase(of: Role, property: string, pair: ReplicatedMySQL, name: string): void {
  const { databases, node, _takenBy: taken } = pair;
  const other = taken.get(name);
  if (!databases.includes(name))
    problem(of, property, name, `add it to the databases of ${node.path}, which has ${databases.join(', ')}`);
  else if (other) problem(of, property, name, `${other.node.path} has its tables there; name another database`);
  else taken.set(name, of);
}

/** One of a role's databases, which others may use, too. */
export function checkDatabaseOf(of: IConstruct, property: string, role: IConstruct, name: string): void {
  const { databases, _takenBy: taken } = role as Partial<ReplicatedMySQL>;
  const other = taken?.get(name);
  if (databases && !databases.includes(name))
    problem(of, property, name, `add it to the databases of ${role.node.path}, which has ${databases.join(', ')}`);
  else if (other) problem(of, property, name, `${other.node.path} has its tables there; name another database`);
  else if (!databases && !/^[a-z][a-z0-9_]{0,63}$/.test(name))
    problem(of, property, name, 'write up to 64 lower-case letters, digits and underscores');
}

/** MySQL's own limit is 32 characters. */
const ACCOUNT = 'write up to 32 lower-case letters, digits and hyphens, and none that is taken, as';

/** The accounts that a pair's properties name, and the site's own, which has the site's name. */
export function checkAccounts(pair: ReplicatedMySQL, accounts: MySQLAccount[], taken: string[]): void {
  const { site } = pair;
  if (site.name.length > 32 || taken.includes(site.name))
    problem(site, 'id', site.name, `${pair.node.path} has an account called so; ${ACCOUNT} ${taken.join(', ')} are`);
  const names = [...taken, site.name];
  accounts.forEach(({ name, databases: given }, index) => {
    const databases = given ?? [];
    if (!/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name) || names.includes(name))
      problem(pair, 'accounts', name, `${ACCOUNT} ${names.join(', ')} are`);
    else if (accounts.findIndex((each) => each.name === name) !== index)
      problem(pair, 'accounts', name, 'write it once');
    if (given?.length === 0)
      problem(pair, `accounts.${name}.databases`, given, 'it could read nothing; name one or more, or leave it out');
    for (const database of databases.filter((each) => !pair.databases.includes(each)))
      problem(pair, `accounts.${name}.databases`, database, `name databases of the pair: ${pair.databases.join(', ')}`);
  });
}
