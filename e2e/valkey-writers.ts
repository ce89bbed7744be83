import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { get, kubectl, until } from './support';

/** What writers saw: every write that was acknowledged, and the longest time without one. */
export interface Seen {
  readonly acknowledged: number;
  /** Writes that were answered by an error, or not at all: nobody was told that they were done. */
  readonly failed: number;
  readonly longestGapMs: number;
  /** Acknowledged, and not in the list afterwards. */
  readonly lost: number;
  /** How long after the fault began the last of these was acknowledged, in milliseconds. */
  readonly lastLostMs: number;
  /** What failed writes were answered, and how often. */
  readonly answers: Readonly<Record<string, number>>;
}

/** A write: when it was answered, and whether it was acknowledged. */
interface Line {
  readonly at: number;
  readonly number: string;
  readonly ok: boolean;
  readonly answer: string;
}

/** Each writes a list of its own, number after number, by valkey-cli, over a connection for each write. */
const WRITERS = 3;
const SCRIPT = `
export REDISCLI_AUTH=$VALKEY_PASSWORD
write() {
  n=0
  until [ -e /tmp/stop ]; do
    answer=$(timeout 1 valkey-cli -h "$VALKEY_HOST" -p "$VALKEY_PORT" --no-auth-warning RPUSH "list$1" $n 2>&1 | tr '\\n' ' ')
    case $answer in [0-9]*) what=ok ;; *) what="failed $answer" ;; esac
    echo "$(date +%s%3N) $n $what" >>"/tmp/writer$1"
    n=$((n + 1))
  done
}
${Array.from({ length: WRITERS }, (_, index) => `write ${index} &`).join('\n')}
wait
sleep infinity
`;

/** A pod with what the role's own have: labels and environment. */
export class Writers {
  public constructor(
    private readonly namespace: string,
    private readonly role: string,
  ) {}

  /** On a node among these, or among all others. */
  public async start(operator: 'In' | 'NotIn', values: string[]): Promise<void> {
    const { namespace } = this;
    const { spec } = await get('-n', namespace, 'deployment', this.role);
    const [{ env }] = spec.template.spec.containers;
    const address = (await get('-n', namespace, 'service', 'e2e-valkey-valkey-active')).spec.clusterIP as string;
    const where = { key: 'kubernetes.io/hostname', operator, values };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'writers', namespace, labels: spec.template.metadata.labels },
      spec: {
        terminationGracePeriodSeconds: 0,
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [where] }],
            },
          },
        },
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'writers',
            image: 'docker.io/valkey/valkey:8.1',
            command: ['bash', '-c', SCRIPT],
            // By its address: the cluster's DNS loses lookups with the node of one of its pods, and that is not what is measured.
            env: env.map((each: { name: string }) =>
              each.name === 'VALKEY_HOST' ? { name: each.name, value: address } : each,
            ),
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
          },
        ],
        volumes: [{ name: 'tmp', emptyDir: {} }],
      },
    };
    await kubectl('-n', namespace, 'delete', 'pod', 'writers', '--ignore-not-found', '--grace-period=0', '--force');
    await applied(pod);
    await until('writes', async () => (await this.lines()).length > 100);
  }

  /** The milliseconds of the writers' clock. */
  public now(): Promise<number> {
    return this.exec('date', '+%s%3N').then(Number);
  }

  /** Waits until all write again, ends them, and compares what was acknowledged with what is there. */
  public async stop(since: number): Promise<Seen> {
    const from = await this.now();
    await until(
      'writes after the fault',
      async () => (await this.lines()).filter(({ at, ok }) => ok && at > from).length > 50,
    );
    await this.exec('touch', '/tmp/stop');
    await sleep(1_500);
    const lines = (await this.lines()).filter(({ at }) => at >= since - 1_000);
    const written = lines.filter(({ ok }) => ok);
    const times = written.map(({ at }) => at).sort((a, b) => a - b);
    const gaps = times.map((at, index) => at - (times[index - 1] ?? at));
    const lost = await this.lost();
    return {
      acknowledged: written.length,
      failed: lines.length - written.length,
      longestGapMs: gaps.reduce((most, gap) => Math.max(most, gap), 0),
      lost: lost.length,
      lastLostMs: Math.max(0, ...lost.map(({ at }) => at - since)),
      answers: counted(lines),
    };
  }

  private async lost(): Promise<Line[]> {
    const lost: Line[] = [];
    for (let writer = 0; writer < WRITERS; writer++) {
      const list = await this.exec(
        'bash',
        '-c',
        `REDISCLI_AUTH=$VALKEY_PASSWORD valkey-cli -h $VALKEY_HOST LRANGE list${writer} 0 -1`,
      );
      const there = new Set(list.split('\n'));
      lost.push(...(await this.lines(writer)).filter(({ ok, number }) => ok && !there.has(number)));
    }
    return lost;
  }

  private async lines(writer?: number): Promise<Line[]> {
    const text = await this.exec('bash', '-c', `cat /tmp/writer${writer ?? '*'}`);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [at = '', number = '', what = '', ...answer] = line.split(' ');
        return { at: Number(at), number, ok: what === 'ok', answer: answer.join(' ') };
      });
  }

  private exec(...command: string[]): Promise<string> {
    return kubectl('-n', this.namespace, 'exec', 'writers', '--', ...command);
  }
}

async function applied(object: object): Promise<void> {
  const running = promisify(execFile)('kubectl', ['apply', '-f', '-']);
  running.child.stdin?.end(JSON.stringify(object));
  await running;
}

/** What failed writes were answered, and how often. */
function counted(lines: readonly Line[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { answer } of lines.filter(({ ok }) => !ok)) {
    const text = answer.replace(/\d+/g, 'N').trim() || 'none';
    counts[text] = (counts[text] ?? 0) + 1;
  }
  return counts;
}
