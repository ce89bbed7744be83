import { Construct } from 'constructs';
import { Binding, envName, secretEnv } from '../core/binding';
import { IConnectable } from '../core/connectable';
import { k8s } from '../core/imports';
import { checked } from '../core/inputs/checked';
import { checkName, freeId } from '../core/problems';
import { checkKey } from '../core/program';
import { ExistingSecret } from '../core/secret-file';
import { SecretValue } from '../core/secrets';
import { Site } from '../core/site';
import { checkObjectName, checkText } from '../core/values';
import { ExternalPeer } from './external-peer';
import { AddressPeer, Peer } from './peers';
import { Server, checkServer } from './server';

/** Properties of everything that is outside the site. */
export interface ExternalServiceProps {
  /**
   * How network policies know it. A name has to have one, as policies know no names.
   *
   * @default - the addresses that stand in place of names, and these alone
   */
  readonly peer?: ExternalPeer;
}

/** A server that is one host, and the account there. */
interface Account {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: ExistingSecret | undefined;
}

/**
 * A server that the site uses and does not run, such as a provider's database. Roles name it in `uses`, as they name roles.
 *
 * They get its address, and credentials out of Secrets that exist. Nothing is made for it, watched or backed up, and its connections are
 * not counted.
 */
@checked
export abstract class ExternalService extends Construct implements IConnectable {
  /** The site whose roles use it. */
  public readonly site: Site;
  /** The end of the names of its policies: `dfw-db`. */
  public readonly name: string;

  /**
   * The environment of its users.
   *
   * @internal
   */
  protected _env: k8s.EnvVar[] = [];
  private readonly peer: Peer;
  private readonly secrets = new Set<string>();
  private servers: Server[] = [];

  protected constructor(scope: Construct, id: string, props: ExternalServiceProps) {
    super(scope, freeId(scope, id));
    this.site = Site.of(this);
    this.name = `${this.site.name}-${this.node.id}`;
    checkName(this, 'id', id, this.name);
    this.peer = props.peer?._peer ?? new AddressPeer();
  }

  /** @internal */
  public _bindings(): Binding[] {
    return [
      {
        ports: [],
        env: this._env,
        secrets: [...this.secrets],
        outside: (from) => this.peer.allow(from, this, this.servers),
      },
    ];
  }

  /**
   * One server with an account, where there is one: `SMTP_HOST`, `SMTP_PORT`, `SMTP_USER`, `SMTP_PASSWORD`.
   *
   * @internal
   */
  protected _offer({ host, port, user, password }: Account): void {
    this._reach([{ host, port, property: 'host' }]);
    if (user !== undefined) checkText(this, 'user', user);
    const name = (what: string) => envName(this.node.id, what);
    this._env = [
      { name: name('HOST'), value: host },
      { name: name('PORT'), value: String(port) },
      ...(user === undefined ? [] : [{ name: name('USER'), value: user }]),
      ...(password ? [this._given('password', password)(name('PASSWORD'))] : []),
    ];
  }

  /**
   * Says where it is, and reports what is wrong with that.
   *
   * @internal
   */
  protected _reach(servers: Server[]): void {
    this.servers = servers;
    for (const each of servers) checkServer(this, each);
    this.peer.check(this, servers);
  }

  /**
   * A variable from a Secret that exists, whose values nobody makes up.
   *
   * @internal
   */
  protected _given(property: string, { secret, key }: ExistingSecret): (variable: string) => k8s.EnvVar {
    checkObjectName(this, `${property}.secret`, secret);
    checkKey(this, `${property}.key`, key);
    const owners = [...new Set(this.servers.map(({ host }) => host))];
    this.site._requireSecret({ name: secret, namespaces: [], keys: { [key]: SecretValue.GIVEN }, owners });
    this.secrets.add(secret);
    return (variable) => secretEnv(variable, secret, key);
  }
}
