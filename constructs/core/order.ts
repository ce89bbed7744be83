import { ApiObject } from 'cdk8s';
import type { IConstruct, Node } from 'constructs';

/** A record that constructs keeps of a node's children, in the order in which they were made. */
interface Children {
  _children: Record<string, IConstruct>;
}

/** Orders those children of a construct that have a key, in the places that they have among the others. */
export function orderChildren(node: Node, keyOf: (child: IConstruct) => string | undefined): void {
  const { children } = node;
  const keys = new Map(children.map((each) => [each, keyOf(each)]));
  const sorted = children
    .filter((each) => keys.get(each) !== undefined)
    .sort((a, b) => compare(keys.get(a), keys.get(b)));
  let next = 0;
  const ordered = children.map((each) => (keys.get(each) === undefined ? each : (sorted[next++] as IConstruct)));
  (node as unknown as Children)._children = Object.fromEntries(ordered.map((each) => [each.node.id, each]));
}

/**
 * The place of an object in its file: namespaces, then policies by their names, then all others as they were made. Other roles add policies
 * to a role's file, and the order in which roles are made is not to be seen in dist.
 */
export function placeInFile(child: IConstruct): string {
  if (!ApiObject.isApiObject(child)) return '2';
  const name = `${child.metadata.namespace ?? ''} ${child.name}`;
  if (child.kind === 'Namespace') return `0${name}`;
  return child.kind === 'NetworkPolicy' ? `1${name}` : '2';
}

/** As bytes, so that no language of the machine plays a part. */
function compare(a = '', b = ''): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
