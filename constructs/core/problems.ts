import { isIP, isIPv4, isIPv6 } from 'node:net';
import { Duration, Size, SizeRoundingBehavior } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { DIGEST } from '../../contract/digest';
import { isSameAddress, networkOf } from './cidr';
import type { Site } from './site';
import { visible } from './text';

/**
 * Records something wrong with a construct. Synth goes on, so that all problems of a site are reported at once, and then fails. The
 * construct's path is put in front of each.
 *
 * @param about What it is about: one thing has one message, the first. An amount that is no whole one goes on as the next whole one.
 */
export function problem(
  construct: IConstruct,
  property: string,
  value: unknown,
  instead: string,
  about: string = value instanceof Size ? property : `${property} is ${show(value)}`,
): void {
  const known = REPORTED.get(construct) ?? new Map<string, string>();
  REPORTED.set(construct, known);
  if (known.has(about)) return;
  const message = shown(property, value, instead);
  known.set(about, message);
  construct.node.addValidation({ validate: () => [message] });
}

/** An error as it is printed, without the construct's path. */
export function shown(property: string, value: unknown, instead: string): string {
  return `'${visible(property)}' is ${show(value)}: ${instead}`;
}

/** Problems recorded for a construct and for all that is in it, as cdk8s prints them. */
export function recordedProblems(construct: IConstruct): string[] {
  return construct.node
    .findAll()
    .flatMap((each) => [...(REPORTED.get(each)?.values() ?? [])].map((message) => `[${each.node.path}] ${message}`));
}

/** Problems recorded already, by property and value: several pods of a role may have the same fault. */
const REPORTED = new WeakMap<IConstruct, Map<string, string>>();

/**
 * The id, or another where the scope has one of that name. A second one would end the synthesis there, and the site's other problems would
 * stay unsaid.
 */
export function freeId(scope: Construct, id: string): string {
  const twin = scope.node.tryFindChild(id);
  if (!twin) return id;
  problem(twin, 'id', id, 'two have it; give each an id of its own');
  return `${id}-${scope.node.children.length}`;
}

/** A part of one MiB is in KiB, as its user wrote it. */
function showSize(size: Size): string {
  const mebibytes = mebibytesOf(size);
  const [value, unit] = mebibytes > 0 && mebibytes < 1 ? [1024 * mebibytes, 'KiB'] : [mebibytes, 'MiB'];
  return `${Number(value.toFixed(3))} ${unit}`;
}

function show(value: unknown): string {
  if (value instanceof Size || value instanceof Duration) return showAmount(value);
  if (typeof value === 'string') return `'${visible(value)}'`;
  if (typeof value === 'function') return `the function ${value.name}`;
  return typeof value === 'object' && value !== null ? showObject(value) : String(value);
}

/** An amount that is no number has no unit that it could be shown in. */
function showAmount(value: Size | Duration): string {
  const { amount } = value as unknown as { readonly amount: unknown };
  if (typeof amount !== 'number') return `an amount of ${show(amount)}`;
  if (value instanceof Duration) return `${value.toSeconds({ integral: false })} s`;
  return showSize(value);
}

/** An object may have a text of its own, or none at all. */
function textOf(value: object): string {
  try {
    return (value as { toString(): string }).toString();
  } catch {
    return '[object Object]';
  }
}

/** Enough of it to be found again. */
function showObject(value: object): string {
  if (Array.isArray(value)) return `[${visible(value.slice(0, 9).map(showPart).join(', '))}]`;
  if (Construct.isConstruct(value)) return value.node.path;
  const text = textOf(value);
  if (!text.startsWith('[object ')) return visible(text);
  const names = visible(Object.keys(value).slice(0, 9).join(', '));
  const kind = (value.constructor as { name?: string } | undefined)?.name ?? 'Object';
  return kind === 'Object' ? `{ ${names} }` : `an object of ${kind}`;
}

/** A list may be in itself. */
function showPart(value: unknown): string {
  return Array.isArray(value) ? '[…]' : show(value);
}

/** A construct that belongs to a site. */
interface InSite extends IConstruct {
  readonly site: Site;
}

const LABEL = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;
/** The last part is a word, or one in another script as DNS has it, `xn--p1ai`. */
const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])$/;
/** An image's name, as containerd takes it (github.com/distribution/reference). */
const HOST = '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?';
const REGISTRY = `((${HOST}([.]${HOST})*|\\[[0-9a-f:]+\\])(:[0-9]+)?/)?`;
const PART = '[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*';
const PATH = `${PART}(/${PART})*`;
const TAG = ':[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const CAPITALS = 'no capital letter may be in the name of an image, or in a digest';
/** Tags of no version: a template gives the last three where its variable is not set. */
const MOVING = /:(latest|undefined|null|NaN)$/;
/** containerd's limit of a name, with its registry. */
const LONGEST_IMAGE = 255;
const IMAGE = new RegExp(`^${REGISTRY}${PATH}(${TAG}|(${TAG})?@${DIGEST})$`);

/**
 * The longest name of a StatefulSet. It stands in the label `controller-revision-hash` with a hash of 10 characters and a hyphen, and a
 * label's value has 63 characters at most. A CronJob's name is as long: a time of 10 digits and a hyphen follow it in the names of its
 * Jobs. So is a Job's name here, which ends in a hash.
 */
export const LONGEST_NAME = 52;
/**
 * The longest name of a Deployment. A hash of 10 characters, a random name of 5 and two hyphens follow it in the names of its pods. Kubernetes
 * cuts what is longer than 63 characters in the middle, and the role could no longer be told by the name.
 */
export const LONGEST_DEPLOYMENT = 46;
/** The longest name of a namespace. */
export const LONGEST_NAMESPACE = 63;

export function checkName(construct: Construct, property: string, name: string, whole: string = name): void {
  if (!LABEL.test(name)) {
    problem(construct, property, name, 'write lower-case letters, digits and hyphens, starting with a letter');
  } else checkLength(construct, property, name, whole);
}

/** Whether Kubernetes takes a name that is made of the user's. */
export function checkLength(
  construct: IConstruct,
  property: string,
  name: string,
  whole: string,
  most: number = LONGEST_NAME,
): void {
  if (whole.length <= most) return;
  // Several names may be made of one.
  problem(
    construct,
    property,
    name,
    `'${whole}' has ${whole.length} characters; shorten it to ${most} or fewer`,
    whole,
  );
}

export function isDomain(text: string): boolean {
  return DOMAIN.test(text);
}

export function checkDomain(construct: Construct, property: string, domain: string): void {
  if (!isDomain(domain)) problem(construct, property, domain, "write a domain in lower case, such as 'example.org'");
}

/** IPv4 alone: the agents write, and Perlbal knows, no other address. */
export function checkAddress(construct: Construct, property: string, address: string): void {
  if (!isIPv4(address)) problem(construct, property, address, "write an IPv4 address, such as '203.0.113.7'");
  else if (isNoHost(address)) problem(construct, property, address, 'no host has it; write an address of your network');
}

/** Whether an address is no other host's: it is the pod's own (127.0.0.1), of none (0.0.0.0), or of many (224.0.0.0 and above). */
export function isNoHost(address: string): boolean {
  const first = Number(address.split('.')[0]);
  if (isIPv4(address)) return first === 0 || first === 127 || first >= 224;
  return isIPv6(address) && /^[0:]*:[01]?$|^ff[0-9a-f]{2}:/i.test(address);
}

/** A part of the network, as a NetworkPolicy has it; it knows no names. */
export function checkNetwork(construct: Construct, property: string, cidr: string): void {
  const [, address = '', length] = /^([^/]+)\/(0|[1-9]\d*)$/.exec(cidr) ?? [];
  if (!isPlainAddress(address) || Number(length) > (isIPv4(address) ? 32 : 128))
    return problem(construct, property, cidr, "write addresses, as in '10.1.2.3/32' or '10.1.0.0/16'");
  const network = networkOf(address, Number(length));
  if (!isSameAddress(network, address))
    problem(
      construct,
      property,
      cidr,
      `it has bits beyond its first ${length}; write '${network}/${length}', or '${address}/${isIPv4(address) ? 32 : 128}'`,
    );
}

/** Whether a NetworkPolicy takes the address: none with a zone, and no IPv4 address in the form of IPv6. */
export function isPlainAddress(address: string): boolean {
  return isIP(address) > 0 && !/%|:.*\./.test(address);
}

/** An empty list would open everything. */
export function checkNetworks(construct: Construct, property: string, cidrs: string[] | undefined): void {
  if (cidrs?.length === 0) problem(construct, property, cidrs, 'name one or more, or leave it out');
  for (const cidr of cidrs ?? []) checkNetwork(construct, property, cidr);
}

/** @param given What the port was given in, where that is more. */
export function checkPort(construct: Construct, property: string, port: number, given: unknown = port): void {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    problem(construct, property, given, 'write a port, from 1 to 65535');
}

/** A program that takes a hundred times its request asks for too little. */
const MOST_PERCENT = 10_000;

/** A percentage of a program's request, which it may take more than. */
export function checkPercent(construct: Construct, property: string, percent: number): void {
  if (!Number.isInteger(percent) || percent < 1 || percent > MOST_PERCENT)
    problem(construct, property, percent, `write a whole number of percent from 1 to ${MOST_PERCENT}`);
}

/** Whether the port of a registry, where it has one, can be one. */
export function isPort(image: string): boolean {
  return Number(/^[^/]*:([0-9]+)(?=\/|$)/.exec(image)?.[1] ?? 1) <= 65_535 || !image.includes('/');
}

/** A moving image gives two clusters two programs from one manifest, so its version has to be said. */
export function checkImage(construct: Construct, property: string, image: string): void {
  const [name = ''] = image.split('@');
  if (IMAGE.test(image) && !MOVING.test(image) && name.length <= LONGEST_IMAGE && isPort(image)) return;
  const lower = IMAGE.test(image.toLowerCase());
  const instead = "write a name with a tag or digest that stays, such as 'nginx:1.30'";
  problem(
    construct,
    property,
    image,
    lower && !MOVING.test(image) && !IMAGE.test(image) ? `${CAPITALS}; ${instead}` : instead,
  );
}

/** Whole MiB, as Kubernetes is given. A part of one, or nothing at all, is recorded, and the next whole one goes on. */
export function wholeMebibytes(construct: Construct, property: string, size: Size): number {
  const whole = Math.max(1, Math.ceil(mebibytesOf(size)) || 1);
  if (mebibytesOf(size) !== whole) problem(construct, property, size, `write whole MiB, as Size.mebibytes(${whole})`);
  return whole;
}

function mebibytesOf(size: Size): number {
  return size.toMebibytes({ rounding: SizeRoundingBehavior.NONE });
}

/** Whole KiB; a part of one, or nothing at all, is recorded, and the next one goes on. */
export function wholeKibibytes(construct: Construct, property: string, size: Size): number {
  const kibibytes = size.toKibibytes({ rounding: SizeRoundingBehavior.NONE });
  const whole = Math.max(1, Math.ceil(kibibytes) || 1);
  if (kibibytes !== whole) problem(construct, property, size, `write whole KiB, as Size.kibibytes(${whole})`);
  return whole;
}

/** Whole seconds; a part of one is recorded, and the next one goes on. */
export function wholeSeconds(construct: Construct, property: string, duration: Duration): number {
  const seconds = duration.toSeconds({ integral: false });
  const whole = Math.ceil(seconds);
  if (seconds !== whole) problem(construct, property, duration, `write whole seconds, as Duration.seconds(${whole})`);
  return whole;
}

export function checkAtLeast(construct: Construct, property: string, value: Size, least: Size, why: string): boolean {
  if (value.toKibibytes({ rounding: 1 }) >= least.toKibibytes({ rounding: 1 })) return true;
  problem(construct, property, value, `${why}; write Size.mebibytes(${least.toMebibytes({ rounding: 1 })}) or more`);
  return false;
}

/** Relations between roles stay in a site, whose policies and Secrets end with it. */
export function checkSameSite(construct: InSite, property: string, other: InSite, what: string = 'role'): boolean {
  if (other.site === construct.site) return true;
  const { path } = other.node;
  problem(construct, property, path, `it belongs to another site; name a ${what} of '${construct.site.name}'`);
  return false;
}
