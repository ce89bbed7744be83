import { Construct } from 'constructs';
import type { Binding } from '../core/binding';
import { envName } from '../core/binding';
import { checkName, checkSameSite, freeId, problem } from '../core/problems';
import { checkDatabaseOf } from './mysql-names';
import { ReplicatedMySQL } from './replicated-mysql';
import { Site } from '../core/site';
import { IConnectable } from '../core/connectable';
import { checked } from '../core/inputs/checked';

/** A pair that has some of the users' data. */
export interface UserCluster {
  /**
   * The pair. Its id is the cluster's name, which the global set keeps beside each user: never change it.
   *
   * One cluster may be on the pair of the global set, as on a site that has but one pair yet.
   */
  readonly database: ReplicatedMySQL;

  /**
   * The database of the pair that has the users' data, one of its `databases`.
   *
   * @default - the pair's first
   */
  readonly databaseName?: string;

  /**
   * Its share of new users, against the others' weights.
   *
   * With 0 it keeps its users and gets no more, as before a full pair or a pair to be emptied.
   *
   * @default 1
   */
  readonly weight?: number;
}

/** Enough for any ratio, and exact in every language's JSON. */
const MOST_WEIGHT = 1_000_000;

/** Properties for `MySQLSets`. */
export interface MySQLSetsProps {
  /** The pair with the data that all users share: who the users are, and which cluster has each user's data. */
  readonly global: ReplicatedMySQL;

  /** The pairs with the users' own data, one or more. */
  readonly clusters: UserCluster[];
}

/**
 * Several pairs of MySQL servers that are one database to a program: a global set, and clusters that the users are spread over.
 *
 * A role that names it in `uses` reaches all of them and gets their variables, `GLOBAL_HOST`, `USERS_1_HOST`, …, and a variable that lists
 * them: `DB_SETS` for the id `db`. The program knows which user is on which cluster; nothing moves users.
 */
@checked
export class MySQLSets extends Construct implements IConnectable {
  /** The site it belongs to. */
  public readonly site: Site;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: MySQLSetsProps,
  ) {
    super(scope, freeId(scope, id));
    this.site = Site.of(this);
    checkName(this, 'id', id);
    const { global, clusters } = props;
    if (clusters.length === 0) problem(this, 'clusters', clusters, 'name one or more, as in [{ database: users1 }]');
    checkSameSite(this, 'global', global, 'pair');
    const databases = clusters.map(({ database }) => database);
    databases.forEach((database, index) => {
      if (checkSameSite(this, 'clusters', database, 'pair') && databases.indexOf(database) !== index)
        problem(this, 'clusters', database.node.path, 'it is named twice; make a pair for each cluster');
    });
    for (const { database, databaseName, weight = 1 } of clusters) {
      const { id } = database.node;
      if (databaseName !== undefined) checkDatabaseOf(this, `clusters.${id}.databaseName`, database, databaseName);
      if (!Number.isInteger(weight) || weight < 0 || weight > MOST_WEIGHT)
        problem(this, `clusters.${id}.weight`, weight, `write a whole number from 0 to ${MOST_WEIGHT}`);
    }
    if (clusters.length > 0 && clusters.every(({ weight }) => weight === 0)) {
      problem(this, 'clusters.weight', 0, 'new users have to go somewhere; give one cluster 1 or more');
    }
  }

  /** @internal */
  public _bindings(): Binding[] {
    const { global, clusters } = this.props;
    const pairs = new Set([global, ...clusters.map(({ database }) => database)]);
    const bindings = [...pairs].flatMap((database) => database._bindings());
    return [...bindings, { ports: [], env: [{ name: envName(this.node.id, 'SETS'), value: this.list() }] }];
  }

  /** The start of the names of each pair's variables, by which the program finds its address, account and password. */
  private list(): string {
    const { global, clusters } = this.props;
    const start = ({ node }: ReplicatedMySQL) => envName(node.id, '').slice(0, -1);
    return JSON.stringify({
      global: { name: global.node.id, variables: start(global) },
      clusters: clusters.map(({ database, databaseName, weight = 1 }) => ({
        name: database.node.id,
        variables: start(database),
        ...(databaseName === undefined ? {} : { database: databaseName }),
        weight,
      })),
    });
  }
}
