import type { V1Pod } from '@kubernetes/client-node' with { 'resolution-mode': 'import' };
import { endOf, isReady, notReady, statusesOf } from '../pod-state';
import type { PodName } from '../port';
import { Hiccups } from './hiccups';

/** A reason to go back. */
export class GateError extends Error {}

/** What the gate asks of a running site. */
export interface Health {
  /** The status by which a pod answers a page. It throws where there is no answer. */
  page(pod: PodName, port: number, path: string): Promise<number>;
  /** The share of requests that end with a 5xx, as the site's Prometheus has it; undefined where none knows. */
  errors(): Promise<number | undefined>;
}

/** So many answers in a row make a page a bad one. */
const IN_A_ROW = 3;
/** How much more of the site's requests may end with a 5xx than before: that of the alert `BalancerAnswersErrors`. */
export const MORE_ERRORS = 0.05;
/** Prometheus has a new figure every 15 s. */
const ERRORS_EVERY_MS = 5000;

/** Images that no node gets, and containers that cannot be started. */
const HOPELESS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RunContainerError',
  'CreateContainerError',
  'CrashLoopBackOff',
]);

/** Tells good slices from bad ones: by the pods' own state, by their pages, and by the errors of the whole site. */
export class Gate {
  private readonly hiccups = new Hiccups();
  private readonly badAnswers = new Map<string, number>();
  private askedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param pages Pages that a slice has to answer without a 5xx.
   * @param usual The share of errors before the release; undefined where nobody knows it.
   */
  constructor(
    private readonly health: Health,
    public readonly pages: readonly string[],
    private readonly usual: number | undefined,
    private readonly now: () => number,
  ) {}

  /** Looks at new slices. @throws GateError where one is bad */
  public async check(pods: readonly V1Pod[], port: number | undefined): Promise<void> {
    for (const pod of pods) this.checkContainers(pod);
    const ready = pods.filter(isReady);
    if (port !== undefined)
      await Promise.all(ready.flatMap((pod) => this.pages.map((path) => this.checkPage(pod, port, path))));
    if (ready.length > 0) await this.checkErrors();
  }

  private checkContainers(pod: V1Pod): void {
    const { name = '' } = pod.metadata ?? {};
    const reason = brokenReason(pod);
    if (this.hiccups.isOver(name, reason !== undefined, this.now())) throw new GateError(`${name}: ${reason}`);
  }

  private async checkPage({ metadata }: V1Pod, port: number, path: string): Promise<void> {
    const { namespace = '', name = '' } = metadata ?? {};
    const key = `${name} ${path}`;
    const said = await this.health.page([namespace, name], port, path).then(String, ({ message }: Error) => message);
    const isGood = /^[1-4]\d\d$/.test(said);
    const bad = isGood ? 0 : (this.badAnswers.get(key) ?? 0) + 1;
    this.badAnswers.set(key, bad);
    if (bad < IN_A_ROW) return;
    throw new GateError(/^\d+$/.test(said) ? `${name} answers ${path} with ${said}` : `${name}, ${path}: ${said}`);
  }

  private async checkErrors(): Promise<void> {
    if (this.usual === undefined || this.now() - this.askedAt < ERRORS_EVERY_MS) return;
    this.askedAt = this.now();
    const share = await this.health.errors();
    if (share !== undefined && share > this.usual + MORE_ERRORS)
      throw new GateError(
        `${percent(share)} of the site's requests end with a 5xx; before it were ${percent(this.usual)}`,
      );
  }
}

/** The gate of a release, by what is usual before it: a page that is bad already says nothing about a new slice. */
export async function gateOf(
  health: Health,
  pages: readonly string[],
  slices: readonly { readonly pod: PodName; readonly port: number }[],
  now: () => number,
  note: (line: string) => void,
): Promise<Gate> {
  const [slice] = slices;
  const asked = await Promise.all(
    pages.map(async (path) => {
      const status = slice && (await health.page(slice.pod, slice.port, path).catch(() => undefined));
      if (slice && (status === undefined || status >= 500))
        note(`${path}: ${slice.pod[1]} answers with ${status ?? 'nothing'} before the release, so it is not looked at`);
      return { path, isGood: status !== undefined && status < 500 };
    }),
  );
  const usual = await health.errors();
  if (pages.length > 0 && usual === undefined)
    note('no Prometheus of the site answers: only the new slices are watched');
  return new Gate(
    health,
    asked.filter(({ isGood }) => isGood).map(({ path }) => path),
    usual,
    now,
  );
}

/** Why a container of a pod cannot do its work, as far as its image may be the reason. */
export function brokenReason(pod: V1Pod): string | undefined {
  for (const { name, image, state } of notReady(pod)) {
    const { reason, message } = state?.waiting ?? {};
    if (reason !== undefined && HOPELESS.has(reason))
      return `${name} cannot run ${image}: ${firstSentence(message ?? reason)}`;
    if (state?.terminated && state.terminated.exitCode !== 0) return `${name} ${endOf(state.terminated)}`;
  }
  for (const { name, lastState } of statusesOf(pod)) {
    const end = lastState?.terminated;
    if (end && end.exitCode !== 0) return `${name} ${endOf(end)}`;
  }
  return undefined;
}

function firstSentence(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 200);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
