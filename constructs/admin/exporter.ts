import { k8s } from '../core/imports';
import { CONFIG_FILE } from '../../contract/agent-files';
import type { ExporterConfig, ExporterTarget, QueryTarget, RedisListsTarget } from '../../contract/exporter-config';
import { Role } from '../core/role';
import { hashedConfig } from '../core/config';
import { container, defined } from '../core/container';
import { EXPORTER } from './exporter-bundle';
import { TOKEN_MOUNT } from './admin-rights';
import type { IConnectable } from '../core/connectable';
import { DatabaseMetrics, MetricsSource, RedisListMetrics } from '../core/monitor';
import { envName } from '../core/binding';
import { discovery } from './alike-slices';
import { byExporter } from './relabeling';
import { NODE } from '../pair/pair';

/** RAM of the program, in MiB: the same as the agent's, as it is made of that. */
export const EXPORTER_MEBIBYTES = 48;
export const EXPORTER_PORT = 9150;
const USER = 1000;

/** A scrape of the exporter, and the labels of its figures. */
export interface ExporterScrape {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly target: ExporterTarget;
  /** Whether Prometheus finds the pods and gives the exporter their addresses. */
  readonly discovered?: boolean;
}

/** The program that asks servers without an exporter for figures, and its parts of Admin's pod. */
export class Exporter {
  /** Its scrapes, by the role that they are about. */
  public readonly scraped: [Role, ExporterScrape[]][];

  constructor(private readonly watched: Role[]) {
    this.scraped = watched
      .filter((role) => role._metricsSources.length > 0)
      .map((role) => [role, numbered(role._metricsSources.flatMap((source) => this.scrapesOf(role, source)))]);
  }

  /** Whether there is anything to ask; else there is no such program. */
  public get needed(): boolean {
    return this.scraped.length > 0;
  }

  /** How many scrapes it answers. */
  public get targets(): number {
    const times = (role: Role, { discovered }: ExporterScrape) => (discovered ? role.slices.length : 1);
    return this.scraped.reduce(
      (sum, [role, scrapes]) => scrapes.reduce((more, each) => more + times(role, each), sum),
      0,
    );
  }

  /** The databases that it asks, whose credentials it needs. */
  public get databases(): Role[] {
    return this.asked.filter((each) => each instanceof Role);
  }

  /** The servers outside the site that it asks. */
  public get outside(): IConnectable[] {
    return this.asked.filter((each) => !(each instanceof Role));
  }

  private get asked(): IConnectable[] {
    const sources = this.watched.flatMap((role) => role._metricsSources);
    return [...new Set(sources.flatMap(serverOf))];
  }

  /** The CronJobs that it asks the API server for, by their namespaces. */
  public get cronJobs(): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const { namespace, _metricsSources } of this.watched)
      for (const each of _metricsSources)
        if (each.kind === 'cron-job') found.set(namespace, [...(found.get(namespace) ?? []), each.name]);
    return found;
  }

  /** Entries of Prometheus' `scrape_configs`. */
  public scrapes(): object[] {
    return this.scraped.flatMap(([role, scrapes]) => {
      const fixed = scrapes.filter(({ discovered }) => !discovered);
      const found = scrapes.filter(({ discovered }) => discovered);
      return [...(fixed.length > 0 ? [fixedScrape(role, fixed)] : []), ...found.map((each) => foundScrape(role, each))];
    });
  }

  /** Its volume, and its container, which is given the credentials of the databases. */
  public parts(
    admin: Role,
    image: string,
    env: k8s.EnvVar[],
    mebibytes = EXPORTER_MEBIBYTES,
  ): { volume: k8s.Volume; container: k8s.Container } {
    const targets = this.scraped.flatMap(([, scrapes]) => scrapes.map(({ name, target }) => [name, target] as const));
    const settings: ExporterConfig = { port: EXPORTER_PORT, targets: Object.fromEntries(targets) };
    const files = { 'exporter.js': EXPORTER, [CONFIG_FILE]: JSON.stringify(settings, undefined, 2) };
    const metadata = admin._metadata(admin.name);
    const config = hashedConfig(admin.chart, 'exporter', `${admin.name}-exporter`, files, metadata);
    const healthz = { httpGet: { path: '/healthz', port: k8s.IntOrString.fromNumber(EXPORTER_PORT) } };
    return {
      volume: { name: 'exporter', configMap: { name: config.name } },
      container: container({
        name: 'exporter',
        image,
        mebibytes,
        command: [...NODE, '/exporter/exporter.js'],
        env: env.filter(({ valueFrom }) => valueFrom?.secretKeyRef),
        user: USER,
        ports: [{ name: 'exporter', containerPort: EXPORTER_PORT }],
        mounts: [
          { name: 'exporter', mountPath: '/exporter', readOnly: true },
          ...(this.cronJobs.size > 0 ? [TOKEN_MOUNT] : []),
        ],
        liveness: { ...healthz, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
      }),
    };
  }

  private scrapesOf(role: Role, source: MetricsSource): ExporterScrape[] {
    if (source.kind === 'database') {
      return [{ name: `${role.name}-database`, labels: { role: role.name }, target: queries(source) }];
    }
    if (source.kind === 'redis-lists') {
      return [{ name: `${role.name}-lists`, labels: { role: role.name }, target: lists(source) }];
    }
    if (source.kind === 'cron-job') {
      const { kind, name } = source;
      return [{ name, labels: { role: role.name, cronjob: name }, target: { kind, namespace: role.namespace, name } }];
    }
    const { kind, port, serverName, further } = source;
    const figures = further ? `${kind}-${serverName}` : kind;
    const host = further && serverName !== undefined ? { host: serverName } : undefined;
    if (role._alike) {
      const target = { kind, port, ...defined({ serverName }) };
      return [
        {
          name: `${role.name}-${figures}`,
          labels: { role: role.name, ...host },
          target,
          discovered: true,
        },
      ];
    }
    return role.slices.slice(0, role._always).map((slice) => ({
      name: `${slice.name}-${figures}`,
      labels: { role: role.name, slice: slice.name, ...host },
      target: { kind, host: `${slice.podName}.${role._address(role.name)}`, port, ...defined({ serverName }) },
    }));
  }
}

/** A role may have several statements: each has a name of its own. */
function numbered(scrapes: ExporterScrape[]): ExporterScrape[] {
  return scrapes.map((scrape, index) => {
    const before = scrapes.slice(0, index).filter(({ name }) => name === scrape.name).length;
    return before === 0 ? scrape : { ...scrape, name: `${scrape.name}-${before + 1}` };
  });
}

function fixedScrape(role: Role, scrapes: ExporterScrape[]): object {
  return {
    job_name: `${role.name}-asked`,
    static_configs: scrapes.map(({ name, labels }) => ({
      targets: [`127.0.0.1:${EXPORTER_PORT}`],
      labels: { ...labels, instance: name, __param_of: name },
    })),
  };
}

function foundScrape(role: Role, { name }: ExporterScrape): object {
  return {
    job_name: `${name}-asked`,
    params: { of: [name] },
    ...discovery(role, byExporter(`127.0.0.1:${EXPORTER_PORT}`)),
  };
}

function serverOf(source: MetricsSource): IConnectable[] {
  if (source.kind === 'database') return [source.database];
  return source.kind === 'redis-lists' ? [source.server] : [];
}

/** The variables that a server offers its users, by what is in them: its `HOST`, its `PORT`, … */
interface Offered {
  readonly name: (what: string) => string;
  readonly has: (what: string) => boolean;
  readonly value: (what: string) => string | undefined;
}

function offeredBy(server: IConnectable): Offered {
  const offers = server instanceof Role ? [server._metricsAccess()] : server._bindings();
  const env = new Map(offers.flatMap((each) => each?.env.map((one) => [one.name, one.value] as const) ?? []));
  const name = (what: string) => envName(server.node.id, what);
  return { name, has: (what) => env.has(name(what)), value: (what) => env.get(name(what)) };
}

/** The program's configuration for a database. The password stays in the environment. */
function queries({ database, databaseName, statement, prefix, labels }: DatabaseMetrics): QueryTarget {
  const { name, value } = offeredBy(database);
  const user = value('USER');
  return {
    kind: 'queries',
    host: value('HOST') ?? '',
    port: Number(value('PORT') ?? 3306),
    ...(user ? { user } : { userVariable: name('USER') }),
    passwordVariable: name('PASSWORD'),
    database: databaseName ?? value('NAME') ?? '',
    statement,
    prefix,
    labels,
  };
}

/** The program's configuration for lists. */
function lists({ kind, server, lists: keys, database }: RedisListMetrics): RedisListsTarget {
  const { name, has, value } = offeredBy(server);
  const encrypted = has('TLS_PORT');
  return {
    kind,
    host: value('HOST') ?? '',
    port: Number(value(encrypted ? 'TLS_PORT' : 'PORT')),
    ...defined({ user: value('USER') }),
    ...(has('PASSWORD') ? { passwordVariable: name('PASSWORD') } : {}),
    ...(encrypted ? { authorityVariable: name('CA') } : {}),
    database,
    lists: keys,
  };
}
