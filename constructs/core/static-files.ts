import { Duration } from 'cdk8s';
import { checked } from './inputs/checked';

/** Properties for `StaticFiles.fromImage`. */
export interface StaticImageProps {
  /**
   * Folders whose every file is static, as the start of a URL's path with a `/` at its end, and files with an extension.
   *
   * Anything else goes to the web tier. A path that another source gives, too, is an error.
   *
   * @default ['/static/']
   */
  readonly paths?: string[];

  /**
   * How long browsers keep a file without asking again, in whole seconds: `Duration.days(365)` for names that change with the content.
   *
   * @default Duration.hours(1) with nginx; Perlbal sets none, and a value is an error with it
   */
  readonly maxAge?: Duration;
}

/** The files that the balancers serve by themselves, so that no request for one reaches the web tier. */
@checked
export class StaticFiles {
  /**
   * The files of a folder of an image, which has `cp` on its PATH: often the web tier's own image.
   *
   * They are copied when a slice starts, so that a new image is a roll-out.
   *
   * @param image The image, with a tag or digest.
   * @param folder The folder in it that is the root: `/static/a.css` is its `static/a.css`.
   */
  public static fromImage(image: string, folder: string, props: StaticImageProps = {}): StaticFiles {
    return new StaticFiles(props.paths ?? ['/static/'], { image, folder }, undefined, props.maxAge);
  }

  /**
   * A few small files by their path in URLs, such as `/robots.txt`: together less than 256 KiB.
   *
   * They are copied when a slice starts, by the image of its engine.
   */
  public static fromText(files: Record<string, string>): StaticFiles {
    return new StaticFiles(Object.keys(files), undefined, files);
  }

  private constructor(
    /** The paths that are served by the balancers. */
    public readonly paths: string[],
    /** @internal */
    public readonly _copy: { image: string; folder: string } | undefined,
    /** @internal */
    public readonly _files: Record<string, string> | undefined,
    /** @internal */
    public readonly _maxAge?: Duration,
  ) {}
}
