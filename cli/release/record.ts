import { OWN_PREFIX } from '../../contract/labels';

/** How a release ended. */
export type Result = 'released' | 'went back' | 'rolled back';

/** A release, as the Deployments that it changed remember it. */
export interface ReleaseRecord {
  /** When it began, in ISO 8601. */
  readonly at: string;
  /** Who did it, as the API server knows them. */
  readonly by: string;
  readonly images: Readonly<Record<string, string>>;
  /** The images of the same names before. */
  readonly before: Readonly<Record<string, string>>;
  readonly result: Result;
  /** Why it went back. */
  readonly reason?: string;
  readonly seconds: number;
  /** Revisions of Kubernetes, by the names of the Deployments. */
  readonly revisions: Readonly<Record<string, string>>;
}

/** An annotation of Deployments: their last releases, as JSON. */
export const RELEASES = `${OWN_PREFIX}releases`;

/** How many are kept: a few KiB of the 256 that annotations may have. */
const KEPT = 20;

type Annotations = Readonly<Record<string, string>> | undefined;

/** The releases that a Deployment remembers, the oldest first. */
export function recordsIn(annotations: Annotations): ReleaseRecord[] {
  try {
    const found: unknown = JSON.parse(annotations?.[RELEASES] ?? '[]');
    return Array.isArray(found) ? (found as ReleaseRecord[]) : [];
  } catch {
    // Somebody wrote it by hand; that stops no release.
    return [];
  }
}

/** The annotation with one release more. */
export function withRecord(annotations: Annotations, record: ReleaseRecord): string {
  return JSON.stringify([...recordsIn(annotations), record].slice(-KEPT));
}

/** All releases that some Deployments remember, each once, the oldest first. */
export function mergedRecords(all: readonly Annotations[]): ReleaseRecord[] {
  const byTime = new Map(all.flatMap(recordsIn).map((each) => [each.at, each]));
  return [...byTime.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** The release that is in force: those that were rolled back, went back, or changed no image, are not. */
export function currentRelease(records: readonly ReleaseRecord[]): ReleaseRecord | undefined {
  const standing: ReleaseRecord[] = [];
  for (const each of records) {
    const isChange = Object.entries(each.images).some(([name, image]) => each.before[name] !== image);
    if (each.result === 'released' && isChange) standing.push(each);
    if (each.result === 'rolled back') standing.pop();
  }
  return standing.at(-1);
}

/** Images or revisions by name, as `history` and a commit show them. */
export function written(map: Readonly<Record<string, string>>): string {
  return Object.entries(map)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
