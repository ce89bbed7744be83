import { Size } from 'cdk8s';
import { Role, Site } from '../constructs';
import { Binding, secretEnv } from '../constructs/core/binding';

/** What a role needs of a database: its offer. */
export class Database extends Role {
  constructor(site: Site, id = 'db') {
    super(site, id, { slices: 1, ram: Size.gibibytes(1) });
  }

  public override _binding(): Binding {
    const plain = ['HOST', 'PORT', 'NAME'].map((what) => ({ name: `DB_${what}`, value: what.toLowerCase() }));
    const secret = ['USER', 'PASSWORD'].map((what) => secretEnv(`DB_${what}`, 'dfw-db', what.toLowerCase()));
    return { ports: [{ port: 3306 }], env: [...plain, ...secret], secrets: ['dfw-db'] };
  }
}
