import { type ChildProcess, spawn } from 'node:child_process';
import { until } from './kubernetes';

/** A Prometheus in a pod, asked through a port of this machine that kubectl chooses. */
export class Prometheus {
  /** The one in a pod, once it answers. */
  public static async in(namespace: string, pod: string): Promise<Prometheus> {
    const forward = spawn('kubectl', ['-n', namespace, 'port-forward', pod, ':9090'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const port = await new Promise<string>((resolve, reject) => {
      forward.stdout.on('data', (said) => {
        const [, chosen] = /^Forwarding from 127\.0\.0\.1:(\d+)/m.exec(String(said)) ?? [];
        if (chosen) resolve(chosen);
      });
      forward.on('exit', () => reject(new Error(`no way to port 9090 of ${namespace}/${pod}`)));
    });
    const prometheus = new Prometheus(forward, `http://127.0.0.1:${port}`);
    await until('Prometheus', async () => (await fetch(`${prometheus.url}/-/ready`)).ok);
    return prometheus;
  }

  private constructor(
    private readonly forward: ChildProcess,
    private readonly url: string,
  ) {}

  public async page(path: string): Promise<string> {
    return (await fetch(this.url + path)).text();
  }

  // oxlint-disable-next-line typescript/no-explicit-any
  public async api(path: string): Promise<any> {
    return (JSON.parse(await this.page(`/api/v1/${path}`)) as { data: unknown }).data;
  }

  public async query(text: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    return (await this.api(`query?query=${encodeURIComponent(text)}`)).result;
  }

  /** The values of a query, by one of their labels. */
  public async values(text: string, label: string): Promise<Record<string, number>> {
    const found = await this.query(text);
    return Object.fromEntries(found.map(({ metric, value }) => [metric[label] ?? 'all', Number(value[1])]));
  }

  public end(): void {
    this.forward.kill();
  }
}
