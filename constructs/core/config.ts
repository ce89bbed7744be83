import { createHash } from 'node:crypto';
import { k8s } from './imports';
import { Construct, IConstruct } from 'constructs';
import { appliedBytes, LARGEST_APPLIED } from './applied';
import { keptMetadata } from './kept';
import { areTooLarge } from './labels';
import { nameByContent } from './patches';
import { problem } from './problems';
import { fitsYaml, isWellFormed } from './text';

/** The property that the files come from, and the construct that has it. */
export interface FilesOf {
  readonly construct: IConstruct;
  readonly property: string;
  /** The user's name for each file, by its key. @default - the key */
  readonly names?: Map<string, string>;
  /** Files of another property. @default - none are */
  readonly others?: Readonly<Record<string, string>>;
}

/**
 * A ConfigMap that cannot be changed, whose name ends in a hash of its content. A changed configuration is a new object: pods that mount it
 * are rolled out, and pods that still run keep the old one.
 */
export function hashedConfig(
  scope: Construct,
  id: string,
  name: string,
  data: Record<string, string>,
  metadata: k8s.ObjectMeta,
  of?: FilesOf,
): k8s.KubeConfigMap {
  const texts = Object.entries(data);
  const plain = texts.filter(([, text]) => fitsYaml(text));
  // Base64: kubectl would not read these texts as they are.
  const others = texts.filter(([, text]) => !fitsYaml(text)).map(([key, text]) => [key, base64(text)] as const);
  const config = new k8s.KubeConfigMap(scope, id, {
    // A pod of the revision before could not start again without it.
    metadata: keptMetadata({ ...metadata, name: `${name}-${contentHash(data)}` }),
    immutable: true,
    ...(plain.length > 0 || others.length === 0 ? { data: Object.fromEntries(plain) } : {}),
    ...(others.length > 0 ? { binaryData: Object.fromEntries(others) } : {}),
  });
  if (of) checkFiles(of, config, data);
  return nameByContent(config);
}

/** Records faults of a user's files that Kubernetes, or kubectl, would refuse. */
function checkFiles(of: FilesOf, config: k8s.KubeConfigMap, data: Record<string, string>): void {
  const { construct, property } = of;
  const broken = Object.entries(data).find(([, text]) => !isWellFormed(text));
  if (broken)
    problem(
      construct,
      property,
      nameOf(of, broken[0]),
      'its text has half of a character of UTF-16; write the whole one',
    );
  limitFiles(of, config);
}

/** Records files that together are more than Kubernetes, or kubectl, takes. */
export function limitFiles(of: FilesOf, config: k8s.KubeConfigMap): void {
  of.construct.node.addValidation({ validate: () => findTooLarge(of, config) });
}

function propertyOf({ property, others }: FilesOf, key: string): string {
  return others?.[key] ?? property;
}

function nameOf({ names }: FilesOf, key: string): string {
  return names?.get(key) ?? key;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Whether Kubernetes takes the object, and kubectl can apply it. */
function findTooLarge(of: FilesOf, config: k8s.KubeConfigMap): string[] {
  const object = config.toJson();
  const bytes = appliedBytes(object);
  if (bytes <= LARGEST_APPLIED || areTooLarge(object.metadata.annotations)) return [];
  const texts = Object.entries<string>({ ...object.data, ...object.binaryData });
  const [largest = '', text = ''] = texts.sort(([, a], [, b]) => b.length - a.length)[0] ?? [];
  const all = texts.reduce((sum, [, each]) => sum + Buffer.byteLength(each), 0);
  return [
    `'${propertyOf(of, largest)}' is ${all} bytes: kubectl writes them as ${bytes}, with 2 for the end of a line and 6 for '<', and Kubernetes takes ${LARGEST_APPLIED}; put the largest, '${nameOf(of, largest)}' of ${Buffer.byteLength(text)}, into an image`,
  ];
}

/** Ten characters that change with the content and with nothing else. */
export function contentHash(data: Record<string, string>): string {
  const sorted = Object.keys(data)
    .sort()
    .map((key) => [key, data[key]]);
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 10);
}
