import { AGENT_USER, BACKUP_USER, REPLICATION_USER } from '../../contract/mysql-names';
import { MYSQL_SCRIPTS } from './scripts-bundle';

/** The properties of a pair that its statements follow from. */
export interface Start {
  readonly databases: string[];
  /** The accounts of programs: the site's, and accounts with fewer rights. */
  readonly accounts: ProgramAccount[];
}

/** The variables in which the program of a group finds the passwords. */
export const PASSWORDS = { site: 'SITE_PASSWORD', figures: 'FIGURES_PASSWORD', root: 'ROOT_PASSWORD' };

/** The files from which a server of a pair starts: its programs, and the statements that it runs first. */
export function startFiles({ databases, accounts }: Start): Record<string, string> {
  return { ...scripts('start.sh', 'accounts.sh'), 'init.sql': initFile({ databases, accounts }) };
}

function scripts(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, MYSQL_SCRIPTS[name] as string]));
}

/** An account of programs. */
export interface ProgramAccount {
  readonly user: string;
  readonly databases: string[];
  readonly readOnly: boolean;
  /** The tables, in any of its databases, that it reads and nothing else. @default - all */
  readonly tables?: string[];
}

/** The properties of a group that its statements follow from. */
export interface GroupAccounts {
  readonly databases: string[];
  readonly accounts: GroupAccount[];
}

export interface GroupAccount extends ProgramAccount {
  /** The variable in which the program finds its password; the variable that ends in `_BEFORE` has the password that is good beside it. */
  readonly variable: string;
}

/** The program that makes the accounts of a group, and the statements that it finds in `STATEMENTS`. */
export function groupAccounts({ databases, accounts }: GroupAccounts): { program: string; statements: string } {
  const statements = programs(databases, accounts, ({ variable }) => variable);
  return { program: joined('accounts.sh', 'group-accounts.sh'), statements: statements.join('\n') };
}

/** Scripts of which one needs the functions of another, as one program. */
export function joined(...names: string[]): string {
  return names.map((name) => MYSQL_SCRIPTS[name]).join('\n');
}

/** The name by which a program finds the passwords of an account. */
type NameOf<T> = (account: T) => string;

function programs<T extends ProgramAccount>(databases: string[], accounts: T[], nameOf: NameOf<T>): string[] {
  return [
    ...databases.map((name) => `CREATE DATABASE IF NOT EXISTS \`${name}\`;`),
    ...accounts.flatMap((each) => grants(each, nameOf(each))),
  ];
}

function initFile({ databases, accounts }: Start): string {
  const own = (user: string, host = '%') => password(`'${user}'@'${host}'`, user);
  return [
    'SET SESSION sql_log_bin = 0;',
    ...programs(databases, accounts, ({ user }) => user),
    own(REPLICATION_USER),
    // CONNECTION_ADMIN: a server that takes no clients still says what it has.
    `GRANT REPLICATION SLAVE, REPLICATION CLIENT, BACKUP_ADMIN, CONNECTION_ADMIN ON *.* TO '${REPLICATION_USER}'@'%';`,
    // The names of its accounts say whether its data are being replaced.
    `GRANT SELECT (user) ON mysql.user TO '${REPLICATION_USER}'@'%';`,
    own(BACKUP_USER),
    'GRANT SELECT, RELOAD, PROCESS, REPLICATION CLIENT, REPLICATION SLAVE, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON *.*' +
      ` TO '${BACKUP_USER}'@'%';`,
    own(AGENT_USER, 'localhost'),
    `GRANT ALL ON *.* TO '${AGENT_USER}'@'localhost' WITH GRANT OPTION;`,
    "ALTER USER 'root'@'localhost' ACCOUNT LOCK;",
    '',
  ].join('\n');
}

/**
 * Rights to tables that are not there yet. MySQL gives these rights only to users who may make the table, so that right is given with them
 * and taken back.
 */
function tableGrants(name: string, databases: string[], tables: string[]): string[] {
  const places = databases.flatMap((each) => tables.map((table) => `\`${each}\`.\`${table}\``));
  return places.flatMap((place) => [
    `GRANT SELECT, CREATE ON ${place} TO ${name};`,
    `REVOKE CREATE ON ${place} FROM ${name};`,
  ]);
}

/** Revokes privileges that its properties no longer declare: in a pair, before anybody is connected. */
function grants({ user, databases, readOnly, tables }: ProgramAccount, called: string): string[] {
  const name = `'${user}'@'%'`;
  const rights = readOnly ? 'SELECT, SHOW VIEW' : 'ALL';
  return [
    password(name, called),
    `REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${name};`,
    ...(tables ? tableGrants(name, databases, tables) : databaseGrants(name, databases, rights)),
  ];
}

function databaseGrants(name: string, databases: string[], rights: string): string[] {
  return [
    // To see how far a replica is behind is what MediaWiki and others check before they read from it.
    `GRANT REPLICATION CLIENT ON *.* TO ${name};`,
    ...databases.map((each) => `GRANT ${rights} ON \`${each.replaceAll('_', '\\_')}\`.* TO ${name};`),
  ];
}

/** A line that accounts.sh replaces by the statements with the account's passwords. */
function password(name: string, called: string): string {
  return `account ${name} ${called}`;
}
