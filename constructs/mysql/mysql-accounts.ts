import { k8s } from '../core/imports';
import { Construct } from 'constructs';
import type { AccountConfig } from '../../contract/engine-config';
import { AGENT_USER, BACKUP_USER, REPLICATION_USER } from '../../contract/mysql-names';
import { PASSWORD_BEFORE_KEY, PASSWORD_KEY } from '../../contract/required-secret';
import { PORT, SECRETS } from './mysql';
import { GroupAccount, PASSWORDS } from './mysql-start';
import { MySQLAccount } from './mysql-account';
import type { ReplicatedMySQL } from './replicated-mysql';
import { registeredTables } from '../core/queried-tables';
import { Site } from '../core/site';
import { IConnectable } from '../core/connectable';
import { checkAccounts } from './mysql-names';
import type { MySQLServers } from './mysql-implementation';
import { Binding, envName, secretEnv } from '../core/binding';

/** An account of programs, and the Secret with its password. */
export interface PairAccount extends GroupAccount {
  readonly secret: string;
}

/** An account whose password is in a Secret of its own, and may be replaced while it is used. */
interface SecretAccount {
  readonly user: string;
  readonly secret: string;
  /** The hosts it may connect from. @default - anywhere */
  readonly host?: string;
}

/** The account by which an Admin asks for figures. */
const FIGURES = 'figures';

/** The site's own account, the accounts that the pair's properties name, and the account that reads figures, which comes last. */
export function accountsOf(pair: ReplicatedMySQL, more: MySQLAccount[], taken: string[]): PairAccount[] {
  const { databases, name } = pair;
  checkAccounts(pair, more, [...taken, FIGURES]);
  return [
    { user: pair.site.name, variable: PASSWORDS.site, secret: name, databases, readOnly: false },
    ...more.map((each, index) => ({
      user: each.name,
      variable: `ACCOUNT_${index + 1}_PASSWORD`,
      secret: `${name}-${each.name}`,
      databases: each.databases ?? databases,
      readOnly: each.readOnly ?? false,
    })),
    {
      user: FIGURES,
      variable: PASSWORDS.figures,
      secret: `${name}-${FIGURES}`,
      databases,
      readOnly: true,
      tables: registeredTables(),
    },
  ];
}

/** The same accounts, where the account for figures reads these tables, too. */
export function readingTables(accounts: PairAccount[], more: string[]): PairAccount[] {
  return accounts.map((each) => (each.tables ? { ...each, tables: [...new Set([...each.tables, ...more])] } : each));
}

/** The accounts of a pair itself: for its servers' copies, its agents, and its backups. */
export function ownAccounts({ name }: ReplicatedMySQL): SecretAccount[] {
  const own = (user: string) => ({ user, secret: ownSecret(name, user) });
  return [own(REPLICATION_USER), own(BACKUP_USER), { ...own(AGENT_USER), host: 'localhost' }];
}

/** The Secret with the password of the account that makes backups. */
export function backupSecret({ name }: ReplicatedMySQL): string {
  return ownSecret(name, BACKUP_USER);
}

function ownSecret(name: string, user: string): string {
  return `${name}-internal-${user}`;
}

/** The accounts' part of the script of a group. */
export function passwordEnv(accounts: PairAccount[]): k8s.EnvVar[] {
  return accounts.flatMap(({ variable, secret }) => [
    secretEnv(variable, secret, PASSWORD_KEY),
    {
      name: `${variable}_BEFORE`,
      valueFrom: { secretKeyRef: { name: secret, key: PASSWORD_BEFORE_KEY, optional: true } },
    },
  ]);
}

/** The accounts' part of a server and its agent: files, as passwords change while they run. */
export function passwordFiles(accounts: SecretAccount[]): {
  readonly accounts: AccountConfig[];
  readonly mounts: k8s.VolumeMount[];
  readonly volumes: k8s.Volume[];
} {
  const sources = accounts.flatMap(({ user, secret }) => {
    const item = (key: string) => ({ key, path: `${user}/${key}` });
    return [
      { secret: { name: secret, items: [item(PASSWORD_KEY)] } },
      { secret: { name: secret, items: [item(PASSWORD_BEFORE_KEY)], optional: true } },
    ];
  });
  return {
    accounts: accounts.map(({ user, host }) => ({
      user,
      folder: `${SECRETS}/${user}`,
      ...(host === undefined ? {} : { host }),
    })),
    mounts: [{ name: 'passwords', mountPath: SECRETS, readOnly: true }],
    volumes: [{ name: 'passwords', projected: { defaultMode: 0o440, sources } }],
  };
}

/** An account of a pair, to be named in `uses`: its programs get its variables, and no other account's. */
export class ConnectableAccount extends Construct implements IConnectable {
  public readonly site: Site;

  constructor(
    private readonly pair: ReplicatedMySQL,
    private readonly account: PairAccount,
    private readonly endpoint: MySQLServers['endpoint'],
  ) {
    super(pair, `account-${account.user}`);
    this.site = pair.site;
  }

  /** @internal */
  public _bindings(): Binding[] {
    const { user, secret, databases, readOnly } = this.account;
    const name = (what: string) => envName(user, what);
    const env = [
      { name: name('HOST'), value: readOnly ? this.pair.readAddress : this.pair.writeAddress },
      { name: name('PORT'), value: String(PORT) },
      { name: name('NAME'), value: databases[0] ?? '' },
      { name: name('USER'), value: user },
      secretEnv(name('PASSWORD'), secret, PASSWORD_KEY),
    ];
    return [{ ...this.endpoint, server: this.pair, env, secrets: [secret], services: this.pair._services }];
  }
}
