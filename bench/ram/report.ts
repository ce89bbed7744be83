import type { Tally } from './load';
import type { Peak } from './memory';

/** A run, as bench/ram.json has it. */
export interface Run {
  readonly date: string;
  readonly seconds: number;
  /** Of the machine's processors, which the clients ran on as well, in percent. */
  readonly cpuPercent: number;
  readonly peaks: Peak[];
  /** What restarted, with its reason. */
  readonly restarts: string[];
  readonly tally: Tally;
}

/** The text of bench/ram.md. */
export function report(run: Run): string {
  const asked = Object.entries(run.tally).sort(([, a], [, b]) => b.done - a.done);
  const total = asked.reduce((sum, [, { done }]) => sum + done, 0);
  return `# The thirteen slices in their RAM, under load

Written by \`npm run bench:ram\` from bench/ram.json. ${run.date}: 48 clients outside the cluster asked for ${Math.round(run.seconds / 6) / 10}
minutes without a pause, ${(total / run.seconds).toFixed(0)} answers a second, with the processors of the cluster's one machine ${run.cpuPercent.toFixed(0)} % busy
(two, which the clients used as well).

${run.restarts.length === 0 ? 'No container restarted, so none was killed for memory.' : `Restarted: ${run.restarts.join('; ')}.`}

MiB, the highest of what the kubelets said every 10 s. The working set is what \`kubectl top\` shows; anonymous are the programs'
own pages of it. The last column is the kernel's own maximum since the container's start, files in the page cache included: where
it stands at the limit, the kernel took files back, which is no harm.

${table(
  ['slice', 'container', 'limit', 'working set', 'anonymous', 'of limit', 'with page cache'],
  run.peaks.map((peak) => [
    sliceOf(peak.pod),
    peak.container,
    String(peak.limit),
    peak.workingSet.toFixed(0),
    peak.anonymous.toFixed(0),
    `${((100 * peak.workingSet) / peak.limit).toFixed(0)} %`,
    peak.withPageCache.toFixed(0),
  ]),
)}

What was asked for:

${table(
  ['request', 'answered', 'failed', 'the last failure'],
  asked.map(([name, { done, failed, lastError }]) => [name, String(done), String(failed), lastError ?? '']),
)}
`;
}

function sliceOf(pod: string): string {
  return pod.replace(/-(\d+)$/, (_, number: string) => number.padStart(2, '0'));
}

/** A table as prettier writes it. */
function table(head: string[], rows: string[][]): string {
  const clean = rows.map((row) => row.map((cell) => cell.replaceAll('|', '/').replaceAll('\n', ' ').trim()));
  const widths = head.map((cell, index) => Math.max(cell.length, 3, ...clean.map((row) => row[index]?.length ?? 0)));
  const line = (cells: string[]) => `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...clean.map(line)].join('\n');
}
