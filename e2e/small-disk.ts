import { readFileSync, readdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get } from './kubernetes';
import { run } from './failover/cluster';

/** A file that takes room. */
const BALLAST = 'ballast';

/** A disk of its own for the volume of a claim, which can be full. The cluster's nodes have to run on this machine. */
export class SmallDisk {
  private readonly image = join(mkdtempSync(join(tmpdir(), 'disk-')), 'image');

  private constructor(
    private readonly folder: string,
    /** A process that sees what the node has mounted. */
    private readonly kubelet: number,
    /** Of the disk, and what of it is taken by nobody's file. */
    private readonly mebibytes: number,
    private readonly ballast: number,
  ) {}

  /** Moves what the volume has to a new disk. No pod may use it meanwhile. */
  public static async under(namespace: string, claim: string, mebibytes: number, ballast: number): Promise<SmallDisk> {
    const { volumeName } = (await get('-n', namespace, 'pvc', claim)).spec;
    const { local, nodeAffinity } = (await get('pv', volumeName)).spec;
    const [term] = nodeAffinity.required.nodeSelectorTerms;
    const node = term.matchExpressions[0].values[0] as string;
    const disk = new SmallDisk(local.path, kubeletOf(node), mebibytes, ballast);
    await disk.mount();
    return disk;
  }

  private device = '';

  private async mount(): Promise<void> {
    await run('truncate', '-s', `${this.mebibytes}M`, this.image);
    await run('mkfs.ext4', '-q', '-m', '0', this.image);
    this.device = await run('losetup', '--find', '--show', this.image);
    const seen = mkdtempSync(join(tmpdir(), 'mount-'));
    await run('mount', this.device, seen);
    await run('rmdir', join(seen, 'lost+found'));
    await run('cp', '-a', `${this.folder}/.`, seen);
    await run('fallocate', '-l', `${this.ballast}M`, join(seen, BALLAST));
    await run('umount', seen);
    await this.onNode('mount', this.device, this.folder);
  }

  /** Makes the room that was kept from it. */
  public async free(): Promise<void> {
    await this.onNode('rm', join(this.folder, BALLAST));
  }

  public async remove(): Promise<void> {
    // The mount ends with its folder, which may be gone with the claim.
    await this.onNode('umount', '--lazy', this.folder).catch(() => '');
    await run('losetup', '-d', this.device);
    await run('rm', this.image);
  }

  private onNode(...command: string[]): Promise<string> {
    return run('nsenter', '-t', `${this.kubelet}`, '-m', '-p', '--', ...command);
  }
}

function kubeletOf(node: string): number {
  const name = new RegExp(`(^|/)kubelet\0.*--hostname-override[=\0]${node}\0`);
  const found = readdirSync('/proc').find((pid) => {
    try {
      return name.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error(`no kubelet of ${node} runs on this machine`);
  return Number(found);
}
