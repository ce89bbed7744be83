import { CERTIFICATE_FILES } from '../../contract/valkey-tls';
import type { Files } from '../files';
import type { Log } from '../log';
import type { ValkeyServer } from './server';

/** How often the file is read, in milliseconds. The kubelet takes up to two minutes to write what changed. */
const EVERY_MS = 5_000;

/** Has a server load its certificate again where that was renewed. */
export class CertificateDuty {
  private loaded: string | undefined;
  private next = 0;

  public constructor(
    /** The folder of the certificate; undefined where there is none. */
    private readonly folder: string | undefined,
    private readonly server: ValkeyServer,
    private readonly files: Files,
    private readonly now: () => number,
    private readonly log: Log,
  ) {}

  public async look(): Promise<void> {
    const { folder } = this;
    if (folder === undefined || this.now() < this.next) return;
    this.next = this.now() + EVERY_MS;
    const path = `${folder}/${CERTIFICATE_FILES.certificate}`;
    const text = this.files.read(path);
    if (text === undefined || text === this.loaded) return;
    // The server reads both files again, though their names are the same. It keeps what it has where they do not belong together.
    await this.server.set('tls-cert-file', path);
    if (this.loaded !== undefined) this.log('loaded a renewed certificate');
    this.loaded = text;
  }
}
