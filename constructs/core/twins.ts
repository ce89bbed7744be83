import { ApiObject, App } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { Site } from './site';

/** What there may be but one of, and the construct that makes it. */
interface Made {
  readonly what: string;
  readonly by: IConstruct;
}

/**
 * What two constructs of a site make under one name, which each takes from its id: of two objects the second would silently
 * replace the first, and pods of one name would be counted as slices of a role that they are none of.
 */
export function findTwins(site: Site, others: Site[]): string[] {
  const makers = new Map<string, IConstruct>();
  const errors = new Map<string, string>();
  for (const { what, by } of [...podsOf(site), ...objectsOf(site, others)]) {
    const first = makers.get(what);
    makers.set(what, first ?? by);
    if (!first) continue;
    const pair = [first.node.path, by.node.path].join(', ');
    if (!errors.has(pair)) errors.set(pair, `'roles' is ${pair}: both make ${what}; give one of them another id`);
  }
  return [...errors.values()];
}

function podsOf({ roles }: Site): Made[] {
  return roles.flatMap((by) =>
    [by.name, ...by._beside].map((name) => ({ what: `pods called ${by.namespace}/${name}`, by })),
  );
}

/** The objects in the site's namespaces: its own, and those that its user adds. */
function objectsOf(site: Site, others: Site[]): Made[] {
  const elsewhere = new Set(others.flatMap(({ chart, roles }) => [chart, ...roles.map((role) => role.chart)]));
  const objects = App.of(site)
    .node.findAll()
    .filter((each): each is ApiObject => each instanceof ApiObject && !elsewhere.has(each.chart));
  const { roles, _namespaces: namespaces } = site;
  return objects.flatMap((object) => {
    const { namespace = '' } = object.metadata;
    if (!namespaces.includes(namespace)) return [];
    const kind = object.apiGroup === 'core' ? object.kind : `${object.kind}.${object.apiGroup}`;
    const what = `${kind} ${namespace}/${object.name}`;
    return [{ what, by: roles.find(({ chart }) => chart === object.chart) ?? object.chart }];
  });
}
