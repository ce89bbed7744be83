/** One figure as Prometheus reads it. */
export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly value: number;
}

export function exposition(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, type, help, value }) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`)
    .join('');
}

/** What the process itself uses, under the names that Prometheus's own clients use. */
export function processMetrics(): Metric[] {
  const { user, system } = process.cpuUsage();
  return [
    { name: 'process_cpu_seconds_total', type: 'counter', help: 'CPU time used', value: (user + system) / 1e6 },
    { name: 'process_resident_memory_bytes', type: 'gauge', help: 'memory in use', value: process.memoryUsage.rss() },
  ];
}
