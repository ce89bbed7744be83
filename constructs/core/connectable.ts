import { IConstruct } from 'constructs';
import type { Binding } from './binding';
import type { Site } from './site';

/** What can stand in `uses`: a role that offers something, or several that are one to a program, as `MySQLSets`. */
export interface IConnectable extends IConstruct {
  /** The site it belongs to: whoever uses it is of the same. */
  readonly site: Site;

  /**
   * What those that use it are given; none where there is nothing to use.
   *
   * @internal
   */
  _bindings(): Binding[];
}
