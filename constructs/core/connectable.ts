import { IConstruct } from 'constructs';
import type { Binding } from './binding';
import type { Site } from './site';

/** A value for `uses`: a role that offers something, or several roles that act as one for a program, as `MySQLSets`. */
export interface IConnectable extends IConstruct {
  /** The site it belongs to. Its users belong to the same site. */
  readonly site: Site;

  /**
   * Bindings for its users; none where there is nothing to use.
   *
   * @internal
   */
  _bindings(): Binding[];
}
