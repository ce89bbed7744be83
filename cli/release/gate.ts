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
  /** The seconds in which 95 % of the requests were answered; undefined where no balancer counts them. */
  seconds(): Promise<number | undefined>;
}

/** What is usual before a release; undefined where nobody knows it. */
export interface Usual {
  readonly errors: number | undefined;
  readonly seconds: number | undefined;
}

/** So many answers in a row make a page a bad one. */
const IN_A_ROW = 3;
/** How much more of the site's requests may end with a 5xx than before: that of the alert `BalancerAnswersErrors`. */
export const MORE_ERRORS = 0.05;
/** Answers are slow that take twice as long as before, and half a second longer: this is judgement. */
export const SLOWER = { times: 2, seconds: 0.5 };
/** Prometheus has a new figure every 15 s. */
const FIGURES_EVERY_MS = 5000;

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
  private slowAnswers = 0;

  /**
   * @param pages Pages that a slice has to answer without a 5xx.
   * @param usual The figures before the release.
   */
  constructor(
    private readonly health: Health,
    public readonly pages: readonly string[],
    private readonly usual: Usual,
    private readonly now: () => number,
  ) {}

  /** Looks at new slices. @throws GateError where one is bad */
  public async check(pods: readonly V1Pod[], port: number | undefined): Promise<void> {
    for (const pod of pods) this.checkContainers(pod);
    const ready = pods.filter(isReady);
    if (port !== undefined)
      await Promise.all(ready.flatMap((pod) => this.pages.map((path) => this.checkPage(pod, port, path))));
    if (ready.length > 0) await this.checkFigures();
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

  private async checkFigures(): Promise<void> {
    if (this.now() - this.askedAt < FIGURES_EVERY_MS) return;
    this.askedAt = this.now();
    await this.checkErrors(this.usual.errors);
    await this.checkSeconds(this.usual.seconds);
  }

  private async checkErrors(usual: number | undefined): Promise<void> {
    const share = usual === undefined ? undefined : await this.health.errors();
    if (share === undefined || usual === undefined || share <= usual + MORE_ERRORS) return;
    throw new GateError(`${percent(share)} of the site's requests end with a 5xx; before it were ${percent(usual)}`);
  }

  /** A slice may be slow at first, until its caches are filled. */
  private async checkSeconds(usual: number | undefined): Promise<void> {
    const seconds = usual === undefined ? undefined : await this.health.seconds();
    if (seconds === undefined || usual === undefined) return;
    const isSlow = seconds > Math.max(SLOWER.times * usual, usual + SLOWER.seconds);
    this.slowAnswers = isSlow ? this.slowAnswers + 1 : 0;
    if (this.slowAnswers < IN_A_ROW) return;
    throw new GateError(
      `95 % of the site's requests are answered within ${inSeconds(seconds)}; before it were ${inSeconds(usual)}`,
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
  const usual = { errors: await health.errors(), seconds: await health.seconds() };
  if (pages.length > 0) for (const line of unknownOf(usual)) note(line);
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

function unknownOf({ errors, seconds }: Usual): string[] {
  if (errors === undefined) return ['no Prometheus of the site answers: only the new slices are watched'];
  if (seconds !== undefined) return [];
  return ['no balancer of the site counts how long answers take (only nginx does): p95 is not watched'];
}

function inSeconds(seconds: number): string {
  return `${seconds.toFixed(2)} s`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
