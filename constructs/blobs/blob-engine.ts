import { Garage } from './garage';
import { MogileFs } from './mogilefs';
import { BlobImplementation } from './blob-implementation';
import type { ReplicatedMySQL } from '../mysql/replicated-mysql';
import { checked } from '../core/inputs/checked';

/** Properties for `BlobEngine.mogileFs`. */
export interface MogileFsProps {
  /** The site's MySQL, which keeps the list of files. */
  readonly database: ReplicatedMySQL;

  /**
   * The database for MogileFS' tables, which have names such as `file` and `host`: nothing else may use it.
   *
   * @default mogilefs
   */
  readonly databaseName?: string;

  /**
   * The domain (namespace of keys) that is registered, `<ID>_DOMAIN` in the environment of its users.
   *
   * @default - the id of the blob store
   */
  readonly domain?: string;

  /**
   * Classes of files, and how many copies each keeps: `{ userpics: 2 }`. A file of no class keeps two.
   *
   * A class taken out here stays registered, as files may still be in it; `mogadm class delete` removes an empty one.
   *
   * @default - none
   */
  readonly classes?: { [name: string]: number };

  /**
   * The schedule of checks of all files (`fsck`), as cron has it, in UTC. A check finds out whether all copies are there in full length,
   * and makes missing ones. It reads nothing of a file but its length.
   *
   * @default '23 2 * * 1'
   */
  readonly checkSchedule?: string;

  /**
   * The image, which has `mogilefsd`, `mogstored`, `mogdbsetup` and `mogadm` on its PATH, runs as user 10001, and comes from
   * images/mogilefs.
   *
   * @default ghcr.io/cdk8s-slices/mogilefs:2.73
   */
  readonly image?: string;
}

/** Properties for `BlobEngine.garage`. */
export interface GarageProps {
  /**
   * The bucket that is made, `<ID>_BUCKET` in the environment of its users.
   *
   * @default - the name of the blob store, such as `dfw-mog`
   */
  readonly bucket?: string;

  /**
   * Whether files are accepted while one of their two slices is down. The only copy of such a file is lost if its slice is lost before the
   * other is back. This is Garage's `consistency_mode = "dangerous"`.
   *
   * By default such a write is refused, and every acknowledged file is on two slices. With two slices, every write is refused while one of
   * them is down; reads go on.
   *
   * @default false
   */
  readonly acceptWritesAlone?: boolean;

  /**
   * The image, which has Garage 2 as `/garage`.
   *
   * @default docker.io/dxflrs/garage:v2.5.0
   */
  readonly image?: string;

  /**
   * The image of the programs that give the slices their keys and layout, and have a new volume filled. It has Node 20 or later on its
   * PATH.
   *
   * @default - the site's `nodeImage`
   */
  readonly nodeImage?: string;
}

/** The engine that keeps the files of a `BlobStore`. */
@checked
export class BlobEngine {
  /**
   * MogileFS 2.73: a tracker and a storage node on each slice, and their list of files in the site's MySQL.
   *
   * With one slice down it goes on accepting files, one copy each, and makes the second when the slice is back.
   */
  public static mogileFs(props: MogileFsProps): BlobEngine {
    return new BlobEngine(new MogileFs(props));
  }

  /**
   * Garage 2: an S3 server on each slice. All that it needs is on two of them, the list of files included.
   *
   * Every acknowledged write is on two slices. With one down, files are read, and writes are refused (`acceptWritesAlone`).
   */
  public static garage(props: GarageProps = {}): BlobEngine {
    return new BlobEngine(new Garage(props));
  }

  private constructor(
    /** @internal */
    public readonly _implementation: BlobImplementation,
  ) {}
}
