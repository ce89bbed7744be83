import { prometheusoperator } from '../core/imports';
import { SERVICE_ACCOUNT } from '../../contract/agent-files';
import { SITE_LABEL, WATCHED_BY } from '../../contract/monitoring';
import { allowFromNamespace } from '../core/network';
import type { Role } from '../core/role';
import { EXPORTER_PORT, Exporter, ExporterScrape } from './exporter';
import { kubeletFigures } from './kubelet-figures';
import type { Operator } from './monitoring';
import { EVERY } from './prometheus';
import { Relabeling, atPort, byExporter, ofFound } from './relabeling';
import { ruleGroups } from './rules';

type Endpoint = prometheusoperator.PodMonitorSpecPodMetricsEndpoints;

/** The label that the operator gives to each pod of a Prometheus. */
const PROMETHEUS = { 'app.kubernetes.io/name': 'prometheus' };

/**
 * Objects by which an operator's Prometheus watches a site as Admin's own would: the same scrapes, under the same names, and the same
 * rules. Its other series have no label `site`.
 */
export class Monitors {
  private readonly site: Relabeling;

  constructor(
    private readonly admin: Role,
    private readonly operator: Operator,
  ) {
    this.site = { target_label: SITE_LABEL, replacement: admin.site.name };
  }

  /** Writes them for all roles, and lets that Prometheus in. */
  public add(watched: Role[], exporter: Exporter, runbooks: string): void {
    for (const role of watched) this.addSlices(role, exporter);
    this.addAsked(exporter);
    this.addKubelets(watched);
    this.addRules(watched, runbooks);
  }

  /** Figures at ports of a role's own pods, directly or through the exporter. */
  private addSlices(role: Role, exporter: Exporter): void {
    const found = exporter.scraped
      .flatMap(([of, scrapes]) => (of === role ? scrapes : []))
      .filter(({ discovered }) => discovered);
    const endpoints = [
      ...role._scrapes.map(({ port, path }) =>
        this.endpoint(`${role.name}-${port}`, path, [...ofFound(role), atPort(port)]),
      ),
      ...found.map((scrape) => this.askedOf(role, scrape)),
    ];
    if (endpoints.length > 0) this.addPodMonitor(role, endpoints);
    const ports = [...new Set(role._scrapes.map(({ port }) => port))];
    this.open(
      role,
      ports.map((port) => ({ port })),
    );
  }

  private askedOf(role: Role, { name }: ExporterScrape): Endpoint {
    const [slice] = this.admin.slices;
    const address = `${slice?.podName}.${this.admin._address(this.admin.name)}:${EXPORTER_PORT}`;
    const relabelings = [...ofFound(role), ...byExporter(address)];
    return { ...this.endpoint(`${name}-asked`, '/metrics', relabelings), params: { of: [name] } };
  }

  /** Figures that the exporter has of servers with fixed names. */
  private addAsked(exporter: Exporter): void {
    const endpoints = exporter.scraped.flatMap(([role, scrapes]) =>
      scrapes
        .filter(({ discovered }) => !discovered)
        .map(({ name, labels }) => ({
          ...this.endpoint(`${role.name}-asked`, '/metrics', [
            atPort(EXPORTER_PORT),
            ...Object.entries({ ...labels, instance: name }).map(([target_label, replacement]) => ({
              target_label,
              replacement,
            })),
          ]),
          params: { of: [name] },
        })),
    );
    if (endpoints.length > 0) this.addPodMonitor(this.admin, endpoints);
    if (exporter.needed) this.open(this.admin, [{ port: EXPORTER_PORT }]);
  }

  private endpoint(job: string, path: string, relabelings: Relabeling[]): Endpoint {
    return {
      path,
      interval: EVERY,
      // Without a port, Prometheus finds a pod once for each port of each container. Without these labels all of them are one target.
      relabelings: this.relabelings(job, [...relabelings, { regex: 'container|endpoint', action: 'labeldrop' }]),
    };
  }

  private addPodMonitor(role: Role, podMetricsEndpoints: Endpoint[]): void {
    new prometheusoperator.PodMonitor(this.admin.chart, `pods-of-${role.name}`, {
      metadata: { ...this.metadata(role.name), namespace: role.namespace },
      spec: { selector: { matchLabels: role._selector }, podMetricsEndpoints },
    });
  }

  /** The kubelets, which the operator keeps in the Service `kubelet` (`--kubelet-service=kube-system/kubelet`). */
  private addKubelets(watched: Role[]): void {
    const namespaces = [...new Set(watched.map((role) => role.namespace))];
    new prometheusoperator.ServiceMonitor(this.admin.chart, 'kubelets', {
      metadata: this.metadata(`${this.admin.name}-kubelets`),
      spec: {
        namespaceSelector: { matchNames: ['kube-system'] },
        selector: { matchLabels: { 'k8s-app': 'kubelet' } },
        endpoints: kubeletFigures(watched, namespaces).map(({ name, path, interval, timeout, relabelings }) => ({
          port: 'https-metrics',
          scheme: prometheusoperator.ServiceMonitorSpecEndpointsScheme.HTTPS,
          path,
          interval,
          ...(timeout === undefined ? {} : { scrapeTimeout: timeout }),
          honorLabels: true,
          honorTimestamps: false,
          bearerTokenFile: `${SERVICE_ACCOUNT}/token`,
          tlsConfig: { insecureSkipVerify: true },
          relabelings: this.relabelings(`kubelet-${name}`, []),
          metricRelabelings: relabelings.map(written),
        })),
      },
    });
  }

  private addRules(watched: Role[], runbooks: string): void {
    const { site, namespace } = this.admin;
    const labels = { site: site.name, namespace };
    const own = `{site="${site.name}"}`;
    const groups = ruleGroups(watched, { told: false, watched: false, runbooks, own, labels });
    const metadata = this.metadata(this.admin.name);
    new prometheusoperator.PrometheusRule(this.admin.chart, 'rules', {
      metadata: { ...metadata, annotations: { ...metadata.annotations, [WATCHED_BY]: this.watchedBy } },
      spec: {
        groups: groups.map((group) => ({
          interval: EVERY,
          ...group,
          rules: group.rules.map((rule) => ({
            ...rule,
            expr: prometheusoperator.PrometheusRuleSpecGroupsRulesExpr.fromString(rule.expr),
          })),
        })),
      },
    });
  }

  /** The command line asks this Prometheus during a release. */
  private get watchedBy(): string {
    const { namespace, prometheus } = this.operator;
    return prometheus === undefined ? namespace : `${namespace}/${prometheus}`;
  }

  private relabelings(job: string, others: Relabeling[]): object[] {
    return [...others, { target_label: 'job', replacement: job }, this.site].map(written);
  }

  private metadata(name: string) {
    const metadata = this.admin._metadata(name);
    return { ...metadata, labels: { ...metadata.labels, ...this.operator.labels } };
  }

  private open(role: Role, ports: { readonly port: number }[]): void {
    allowFromNamespace(role, this.operator.namespace, PROMETHEUS, ports);
  }
}

/** As the operator's objects have it. */
function written({ source_labels, target_label, ...others }: Relabeling): object {
  return {
    ...(source_labels ? { sourceLabels: source_labels } : {}),
    ...(target_label === undefined ? {} : { targetLabel: target_label }),
    ...others,
  };
}
