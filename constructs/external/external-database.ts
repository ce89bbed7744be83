import { Construct } from 'constructs';
import { envName } from '../core/binding';
import { k8s } from '../core/imports';
import { checked } from '../core/inputs/checked';
import { problem } from '../core/problems';
import { ExistingSecret } from '../core/secret-file';
import { checkText } from '../core/values';
import { ExternalService, ExternalServiceProps } from './external-service';

/** Properties for `ExternalDatabase`. */
export interface ExternalDatabaseProps extends ExternalServiceProps {
  /** The server's name or address: `db.example.net`, `10.1.2.3`. */
  readonly host: string;

  /**
   * The name or address of a replica that may be read from.
   *
   * @default host
   */
  readonly readHost?: string;

  /**
   * The port, of the server and the replica. 5432 is PostgreSQL's.
   *
   * @default 3306, which is MySQL's
   */
  readonly port?: number;

  /** The database that programs use. */
  readonly databaseName: string;

  /**
   * The account's name. Either this or `userFrom` has to be written.
   *
   * @default - out of `userFrom`
   */
  readonly user?: string;

  /**
   * The key of an existing Secret that has the account's name, as providers and operators make it.
   *
   * @default - `user`
   */
  readonly userFrom?: ExistingSecret;

  /** The key of an existing Secret that has the account's password. */
  readonly password: ExistingSecret;

  /**
   * The key of an existing Secret that has the certificate of the server's authority, by which programs verify the server.
   *
   * @default - programs are given none
   */
  readonly certificateAuthority?: ExistingSecret;
}

/**
 * A database outside the site. Its users get the variables of a `ReplicatedMySQL`: `DB_HOST`, `DB_READ_HOST`, `DB_PORT`, `DB_NAME`,
 * `DB_USER`, `DB_PASSWORD`, and `DB_CA`.
 */
@checked
export class ExternalDatabase extends ExternalService {
  constructor(scope: Construct, id: string, props: ExternalDatabaseProps) {
    super(scope, id, props);
    const { host, readHost = host, port = 3306 } = props;
    this._reach([
      { host, port, property: 'host' },
      ...(readHost === host ? [] : [{ host: readHost, port, property: 'readHost' }]),
    ]);
    checkText(this, 'databaseName', props.databaseName);
    const name = (what: string) => envName(this.node.id, what);
    this._env = [
      { name: name('HOST'), value: host },
      { name: name('READ_HOST'), value: readHost },
      { name: name('PORT'), value: String(port) },
      { name: name('NAME'), value: props.databaseName },
      this.user(props, name('USER')),
      this._given('password', props.password)(name('PASSWORD')),
      ...(props.certificateAuthority
        ? [this._given('certificateAuthority', props.certificateAuthority)(name('CA'))]
        : []),
    ];
  }

  private user({ user, userFrom }: ExternalDatabaseProps, variable: string): k8s.EnvVar {
    if ((user === undefined) === (userFrom === undefined))
      problem(this, 'user', user, 'write either it or userFrom: the name itself, or the key of a Secret that has it');
    if (user !== undefined) checkText(this, 'user', user);
    return userFrom ? this._given('userFrom', userFrom)(variable) : { name: variable, value: user ?? '' };
  }
}
