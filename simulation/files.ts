import { SECRETS } from '../constructs/mysql/mysql';
import type { Files, Space } from '../agent/files';

const MEBIBYTE = 2 ** 20;

/** The room on a volume that is not full, in mebibytes. */
export const ROOM = 5_000;

/** The files that the containers of a pod share: those of the fence, in memory, and those of its Secrets. */
export class PodFiles implements Files {
  /** Called after a file was written. */
  public onWrite: (path: string) => void = () => undefined;
  /** What is left of the volume of the data, in MiB. */
  public freeMebibytes = ROOM;
  private readonly texts = new Map<string, string>();

  private secrets: ReadonlyMap<string, string> = new Map();

  public constructor(secrets: ReadonlyMap<string, string>) {
    this.mount(secrets);
  }

  /** The kubelet writes what the Secrets say now. */
  public mount(secrets: ReadonlyMap<string, string>): void {
    this.secrets = new Map(secrets);
  }

  /** The accounts whose passwords are here. */
  public get users(): string[] {
    const paths = [...this.secrets.keys()].filter((path) => path.startsWith(`${SECRETS}/`));
    return [...new Set(paths.map((path) => path.split('/').at(-2)!))];
  }

  public read(path: string): string | undefined {
    return this.texts.get(path) ?? this.secrets.get(path);
  }

  public write(path: string, text: string): void {
    this.texts.set(path, text);
    this.onWrite(path);
  }

  public remove(path: string): void {
    this.texts.delete(path);
  }

  public take(path: string): boolean {
    return this.texts.delete(path);
  }

  /** Returns whether the file was there. */
  public rename(path: string, other: string): boolean {
    const text = this.texts.get(path);
    if (text === undefined) return false;
    this.texts.delete(path);
    this.texts.set(other, text);
    return true;
  }

  public share(): void {}

  public space(): Space {
    return { bsize: MEBIBYTE, blocks: 10_000, bavail: this.freeMebibytes };
  }

  /** A folder in memory is empty after the machine was started again. */
  public clear(): void {
    this.texts.clear();
  }
}
