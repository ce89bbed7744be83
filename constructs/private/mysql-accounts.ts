import { k8s } from 'cdk8s-plus-34';
import { Construct } from 'constructs';
import { PORT } from '../engines/mysql';
import { MOGILEFS_TABLES } from '../engines/mogilefs-figures';
import { PASSWORDS, ProgramAccount } from '../engines/mysql-start';
import { THESCHWARTZ_TABLES } from '../engines/theschwartz-figures';
import { MySQLAccount } from '../mysql-account';
import type { ReplicatedMySQL } from '../replicated-mysql';
import { Site } from '../site';
import { IUsable } from '../usable';
import { checkAccounts } from './mysql-names';
import type { MySQLServers } from './mysql-program';
import { Offer, envName, secretEnv } from './offer';

/** An account of programs, and the Secret with its password. */
export interface PairAccount extends ProgramAccount {
  readonly secret: string;
}

/** Where the agent's container has the Secrets of the accounts. */
const FOLDER = '/secrets';

/** The account by which an Admin asks for figures. */
const FIGURES = 'figures';

/** The site's own account, those that the pair's properties name, and the one that reads figures, which comes last. */
export function accountsOf(pair: ReplicatedMySQL, more: MySQLAccount[], taken: string[]): PairAccount[] {
  const { databases, name } = pair;
  checkAccounts(pair, more, [...taken, FIGURES, pair.site.name]);
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
      tables: [...MOGILEFS_TABLES, ...THESCHWARTZ_TABLES],
    },
  ];
}

/** What mysqld's start script needs of the accounts. */
export function passwordEnv(accounts: PairAccount[]): k8s.EnvVar[] {
  return accounts.flatMap(({ variable, secret }) => [
    secretEnv(variable, secret, 'password'),
    {
      name: `${variable}_BEFORE`,
      valueFrom: { secretKeyRef: { name: secret, key: 'password-before', optional: true } },
    },
  ]);
}

/** What the agent needs of them: files, as those change while it runs. */
export function passwordFiles(accounts: PairAccount[]): {
  readonly accounts: object[];
  readonly mounts: k8s.VolumeMount[];
  readonly volumes: k8s.Volume[];
} {
  const numbered = accounts.map((each, index) => ({
    ...each,
    volume: `account-${index}`,
    folder: `${FOLDER}/${index}`,
  }));
  return {
    accounts: numbered.map(({ user, folder }) => ({ user, folder })),
    mounts: numbered.map(({ volume, folder }) => ({ name: volume, mountPath: folder, readOnly: true })),
    volumes: numbered.map(({ volume, secret }) => ({
      name: volume,
      secret: { secretName: secret, defaultMode: 0o440 },
    })),
  };
}

/** One of a pair's accounts, to be named in `uses`: its programs get its variables, and none of another account. */
export class UsableAccount extends Construct implements IUsable {
  public readonly site: Site;

  constructor(
    private readonly pair: ReplicatedMySQL,
    private readonly account: PairAccount,
    private readonly door: MySQLServers['door'],
  ) {
    super(pair, `account-${account.user}`);
    this.site = pair.site;
  }

  /** @internal */
  public _offers(): Offer[] {
    const { user, secret, databases, readOnly } = this.account;
    const name = (what: string) => envName(user, what);
    const env = [
      { name: name('HOST'), value: readOnly ? this.pair.readAddress : this.pair.writeAddress },
      { name: name('PORT'), value: String(PORT) },
      { name: name('NAME'), value: databases[0] ?? '' },
      { name: name('USER'), value: user },
      secretEnv(name('PASSWORD'), secret, 'password'),
    ];
    return [{ ...this.door, env, secrets: [secret] }];
  }
}
