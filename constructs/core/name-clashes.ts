import type { IConstruct } from 'constructs';
import type { Site } from './site';
import type { Survey } from './survey';

/** An object whose name must be unique, and the construct that makes it. */
interface Made {
  readonly what: string;
  readonly by: IConstruct;
}

/** Objects that two sites, or two constructs of a site, make under one name: the second would silently replace the first. */
export function findNameClashes(site: Site, survey: Survey): string[] {
  return [...findSharedNamespaces(site, survey), ...findSharedNames(site, survey)];
}

/** Two sites with a namespace in common may ask for objects of one name. */
function findSharedNamespaces(site: Site, survey: Survey): string[] {
  const found = new Map<Site, string>();
  for (const namespace of site._namespaces)
    for (const other of survey.others(site, namespace)) found.set(other, found.get(other) ?? namespace);
  return [...found].map(([other, namespace]) => {
    const it = namespace === site.namespace ? 'it' : namespace;
    return `'namespace' is '${site.namespace}': ${other.node.path} has ${it} already; give each site a namespace of its own`;
  });
}

/** Names come from ids: pods of one name would be counted as slices of a role that is not theirs. */
function findSharedNames(site: Site, survey: Survey): string[] {
  const makers = new Map<string, IConstruct>();
  const errors = new Map<string, string>();
  for (const { what, by } of [...podsOf(site), ...objectsOf(site, survey)]) {
    const first = makers.get(what);
    makers.set(what, first ?? by);
    if (!first) continue;
    const pair = [first.node.path, by.node.path].join(', ');
    if (!errors.has(pair)) errors.set(pair, `'roles' is ${pair}: both make ${what}; give one of them another id`);
  }
  return [...errors.values()];
}

function podsOf({ roles }: Site): Made[] {
  return roles.flatMap((by) => [
    ...[by.name, ...by._beside].map((name) => ({ what: `pods called ${by.namespace}/${name}`, by })),
    ...by.slices.map(({ name }) => ({ what: `a slice called ${name}`, by })),
    ...by._claims.map((what) => ({ what, by })),
  ]);
}

function objectsOf(site: Site, survey: Survey): Made[] {
  const roles = new Map(site.roles.map((role) => [role.chart, role]));
  return [...new Set(site._namespaces)].flatMap((namespace) =>
    survey.objectsOf(site, namespace).map((object) => {
      const kind = object.apiGroup === 'core' ? object.kind : `${object.kind}.${object.apiGroup}`;
      return { what: `${kind} ${namespace}/${object.name}`, by: roles.get(object.chart) ?? object.chart };
    }),
  );
}
