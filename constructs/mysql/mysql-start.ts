import { AGENT_USER, BACKUP_USER, REPLICATION_USER } from '../../contract/mysql-names';
import { DATA, FENCE, RUN, SECRETS, SETTINGS } from './mysql';
import { RESTORED } from './backup/mysql-dump';

/** The values of the start script of one pair. */
export interface Start {
  readonly databases: string[];
  /** The accounts of programs: the site's, and accounts with fewer rights. */
  readonly accounts: ProgramAccount[];
  /** `dfw-db`: the slice of the pod `dfw-db-2` is `dfw-db02`. */
  readonly name: string;
}

/** The variables in which the script of a group finds the passwords. */
export const PASSWORDS = { site: 'SITE_PASSWORD', figures: 'FIGURES_PASSWORD', root: 'ROOT_PASSWORD' };

/** Says an account and its password, and the password before where there is one. */
const ACCOUNT = `account() {
  local password=$(quoted "$2")
  echo "CREATE USER IF NOT EXISTS $1 IDENTIFIED BY $password;"
  if [ -n "$3" ]; then
    echo "ALTER USER $1 IDENTIFIED BY $(quoted "$3");"
    echo "ALTER USER $1 IDENTIFIED BY $password RETAIN CURRENT PASSWORD;"
  else
    echo "ALTER USER $1 IDENTIFIED BY $password;"
    echo "ALTER USER $1 DISCARD OLD PASSWORD;"
  fi
}
quoted() { local text=\${1//\\\\/\\\\\\\\}; printf "'%s'" "\${text//\\'/\\'\\'}"; }`;

/**
 * Starts mysqld, with nothing of the image but `bash`, `mysqld` and the tools that every image has.
 *
 * - An empty volume is initialized beside its place and then moved: a half is never taken for a whole.
 * - Accounts and databases are made, and passwords renewed, at every start of mysqld. Each server does so by itself, outside the binary
 *   log: an entry that only one server had in its log would keep it from following the other. The passwords are files, as they may have
 *   been replaced since the container was started.
 * - mysqld ends with 16 to be started again, as it does after it has cloned. A killed mysqld is started again, too: the kubelet would wait
 *   longer each time.
 * - A mysqld that is told to stop lets go the commits that wait for the replica. Their clients get an OK for a commit that only this server
 *   has (measured on 9.7.4: 8 of 8 within 0.4 s of SIGTERM). So SIGTERM is passed on only while the file `refuses` is there. Its agent
 *   makes the file once this server refuses writes and has closed its clients' connections, and takes it away before it opens. Without the
 *   file mysqld is killed, which no client takes for an OK, and recovers when it starts. The rename lets only one of the two have the file:
 *   an agent that finds it gone does not open.
 */
export function startScript(start: Start): string {
  return `set -eu
number=\${HOSTNAME##*-}
${ACCOUNT}
secret() { [ ! -e ${SECRETS}/$1/$2 ] || cat ${SECRETS}/$1/$2; }
stopping=
mysqld=
stop() {
  stopping=1
  [ -n "$mysqld" ] || return 0
  if [ -e ${FENCE}/stopping ] || mv -f ${FENCE}/refuses ${FENCE}/stopping 2>/dev/null; then
    kill $mysqld || :
  else
    echo "this server may take writes: it is killed, as a stop would acknowledge what only it has" >&2
    kill -9 $mysqld || :
  fi
}
trap stop TERM
mkdir -p ${DATA}/tmp
rm -rf ${DATA}/tmp/*
if [ ! -d ${DATA}/data ]; then
  rm -rf ${DATA}/new
  mysqld --defaults-file=${SETTINGS}/my.cnf --datadir=${DATA}/new --initialize-insecure
  mv ${DATA}/new ${DATA}/data
fi
init() {
cat <<END
${initFile(start)}
END
}
watch() {
  exec {never}<> <(:)
  while :; do
    read -rt 0.2 -u $never || :
    [ -f ${FENCE}/active-until ] || continue
    read -r until < ${FENCE}/active-until && read -r now _ < /proc/uptime || continue
    now=\${now%.*}\${now#*.}
    if [ "\${until:-$now}" -lt "$now" ]; then
      echo "the agent has not said for too long that this server is the active one: ending mysqld" >&2
      rm -f ${FENCE}/active-until ${FENCE}/ready
      kill -9 "$(< ${RUN}/mysqld.pid)" || :
    fi
  done
}
rm -f ${FENCE}/active-until ${FENCE}/ready ${FENCE}/restored
[ ! -f ${RESTORED} ] || cp ${RESTORED} ${FENCE}/restored
watch &
export MYSQLD_PARENT_PID=$$
code=0
while [ -z "$stopping" ]; do
  # Of the mysqld before: this one's agent has not said anything yet.
  rm -f ${FENCE}/refuses ${FENCE}/stopping
  (umask 077; init > ${RUN}/init.sql)
  mysqld --defaults-file=${SETTINGS}/my.cnf --init-file=${RUN}/init.sql --server-id=$number \\
    --report-host=$(printf '${start.name}%02d' $number) &
  mysqld=$!
  [ -z "$stopping" ] || stop
  # A signal ends a wait, not mysqld.
  wait $mysqld || :
  while kill -0 $mysqld 2>/dev/null; do wait $mysqld || :; done
  wait $mysqld && code=0 || code=$?
  [ $code = 16 ] || [ $code = 137 ] || exit $code
done
exit $code
`;
}

/** An account of programs. */
export interface ProgramAccount {
  readonly user: string;
  readonly databases: string[];
  readonly readOnly: boolean;
  /** The tables, in any of its databases, that it reads and nothing else. @default - all */
  readonly tables?: string[];
}

/** The values of the script of a group. */
export interface GroupAccounts {
  readonly databases: string[];
  readonly accounts: GroupAccount[];
}

export interface GroupAccount extends ProgramAccount {
  /** The variable in which the script finds its password; the variable that ends in `_BEFORE` has the password that is good beside it. */
  readonly variable: string;
}

/**
 * Makes the databases and accounts of programs on the server of a group that takes writes, as its administrator; the others follow. It
 * waits for that server, and can be run again at any time.
 */
export function accountsScript({ databases, accounts }: GroupAccounts): string {
  const statements = programs(databases, accounts, ({ variable }) => `"$${variable}" "\${${variable}_BEFORE:-}"`);
  return `set -eu
${ACCOUNT}
ask() {
  mysql --defaults-extra-file=<(printf '[client]\\nuser=root\\npassword="%s"\\n' "$${PASSWORDS.root}") \\
    --host="$MYSQL_HOST" --ssl-mode=REQUIRED
}
until echo 'DO 0' | ask; do sleep 2; done
echo "${statements.join('\n')}" | ask
`;
}

/** The words of the shell that are an account's password and the one before. */
type Words<T> = (account: T) => string;

const inFiles: Words<{ readonly user: string }> = ({ user }) =>
  `"$(secret ${user} password)" "$(secret ${user} password-before)"`;

function programs<T extends ProgramAccount>(databases: string[], accounts: T[], words: Words<T>): string[] {
  return [
    ...databases.map((name) => `CREATE DATABASE IF NOT EXISTS \\\`${name}\\\`;`),
    ...accounts.flatMap((each) => grants(each, words(each))),
  ];
}

function initFile({ databases, accounts }: Start): string {
  const own = (user: string, host = '%') => password(`'${user}'@'${host}'`, inFiles({ user }));
  return [
    'SET SESSION sql_log_bin = 0;',
    ...programs(databases, accounts, inFiles),
    own(REPLICATION_USER),
    // CONNECTION_ADMIN: a server that takes no clients still says what it has.
    `GRANT REPLICATION SLAVE, REPLICATION CLIENT, BACKUP_ADMIN, CONNECTION_ADMIN ON *.* TO '${REPLICATION_USER}'@'%';`,
    own(BACKUP_USER),
    'GRANT SELECT, RELOAD, PROCESS, REPLICATION CLIENT, REPLICATION SLAVE, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON *.*' +
      ` TO '${BACKUP_USER}'@'%';`,
    own(AGENT_USER, 'localhost'),
    `GRANT ALL ON *.* TO '${AGENT_USER}'@'localhost' WITH GRANT OPTION;`,
    "ALTER USER 'root'@'localhost' ACCOUNT LOCK;",
  ].join('\n');
}

/**
 * Rights to tables that are not there yet. MySQL gives these rights only to users who may make the table, so that right is given with them
 * and taken back.
 */
function tableGrants(name: string, databases: string[], tables: string[]): string[] {
  const places = databases.flatMap((each) => tables.map((table) => `\\\`${each}\\\`.\\\`${table}\\\``));
  return places.flatMap((place) => [
    `GRANT SELECT, CREATE ON ${place} TO ${name};`,
    `REVOKE CREATE ON ${place} FROM ${name};`,
  ]);
}

/** Revokes privileges that its properties no longer declare: in a pair, before anybody is connected. */
function grants({ user, databases, readOnly, tables }: ProgramAccount, words: string): string[] {
  const name = `'${user}'@'%'`;
  const rights = readOnly ? 'SELECT, SHOW VIEW' : 'ALL';
  return [
    password(name, words),
    `REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${name};`,
    ...(tables ? tableGrants(name, databases, tables) : databaseGrants(name, databases, rights)),
  ];
}

function databaseGrants(name: string, databases: string[], rights: string): string[] {
  return [
    // To see how far a replica is behind is what MediaWiki and others check before they read from it.
    `GRANT REPLICATION CLIENT ON *.* TO ${name};`,
    ...databases.map((each) => `GRANT ${rights} ON \\\`${each.replaceAll('_', '\\\\_')}\\\`.* TO ${name};`),
  ];
}

function password(name: string, words: string): string {
  return `$(account "${name}" ${words})`;
}
