import { Size } from 'cdk8s';
import type { Role } from '../core/role';
import { checkNames } from '../core/program';
import { problem, wholeMebibytes } from '../core/problems';
import { mebibytesOf } from '../core/settings';
import { checked } from '../core/inputs/checked';

/** Properties for `WebRuntime.processes`. */
export interface WebProcessesProps {
  /** RAM of one process while it serves requests. Whole MiB. */
  readonly ram: Size;

  /**
   * The variable that has the number of processes.
   *
   * @default WEB_CONCURRENCY, as Gunicorn, Uvicorn and Puma read it
   */
  readonly variable?: string;
}

/** A runtime's own terms for the RAM that a program may take. */
interface Terms {
  env(mebibytes: number): Record<string, string>;
  processes?(mebibytes: number): number;
  check(web: Role): void;
}

/** How a program is told of its slice's RAM: each runtime has terms of its own. */
@checked
export class WebRuntime {
  /** Node: `NODE_OPTIONS` has the size of its heap, by `nodeHeap`. */
  public static node(): WebRuntime {
    return new WebRuntime({
      env: (mebibytes) => ({ NODE_OPTIONS: `--max-old-space-size=${nodeHeap(mebibytes)}` }),
      check: (web) => {
        const least = LEAST_HEAP + BESIDE_HEAP;
        checkLeast(web, least, `Node needs ${least} MiB`, 'write that or more');
      },
    });
  }

  /** Go: `GOMEMLIMIT` is nine tenths of the RAM. */
  public static go(): WebRuntime {
    return new WebRuntime({ env: (mebibytes) => ({ GOMEMLIMIT: `${goLimit(mebibytes)}MiB` }), check: () => undefined });
  }

  /** A parent with as many processes as fit, which a variable tells it of: Gunicorn, Uvicorn, Puma. */
  public static processes(props: WebProcessesProps): WebRuntime {
    const { variable = 'WEB_CONCURRENCY' } = props;
    const fitting = (mebibytes: number) => Math.max(1, processLimit(mebibytes, mebibytesOf(props.ram)));
    return new WebRuntime({
      env: (mebibytes) => ({ [variable]: `${fitting(mebibytes)}` }),
      processes: fitting,
      check: (web) => {
        checkNames(web, 'server.runtime.variable', [variable]);
        const least = 2 * wholeMebibytes(web, 'server.runtime.ram', props.ram);
        checkLeast(
          web,
          least,
          `a parent and one process need ${least} MiB`,
          'write that or more, or less RAM a process',
        );
      },
    });
  }

  private constructor(private readonly terms: Terms) {}

  /** @internal */
  public _env(mebibytes: number): Record<string, string> {
    return this.terms.env(mebibytes);
  }

  /** @internal */
  public _processes(mebibytes: number): number | undefined {
    return this.terms.processes?.(mebibytes);
  }

  /** @internal */
  public _check(web: Role): void {
    this.terms.check(web);
  }
}

/** MiB of Node beside its heap of old objects: program, stacks and young objects (three semi-spaces of 16 MiB). Idle it takes 44. */
const BESIDE_HEAP = 64;
/** A heap in which a small program starts, in MiB. */
const LEAST_HEAP = 32;

/**
 * MiB for `--max-old-space-size`: three quarters, as Node's own page advises (1,536 of 2,048, nodejs.org/api/cli.html), and at least 64 MiB
 * beside it.
 */
export function nodeHeap(mebibytes: number): number {
  return Math.max(LEAST_HEAP, Math.min(Math.floor((mebibytes * 3) / 4), mebibytes - BESIDE_HEAP));
}

/** MiB for `GOMEMLIMIT`: Go's guide to its garbage collector advises to leave 5 to 10 % (go.dev/doc/gc-guide). */
export function goLimit(mebibytes: number): number {
  return Math.floor((mebibytes * 9) / 10);
}

/** As many processes as fit beside their parent, which has the same code in it and counts as one. */
export function processLimit(mebibytes: number, processMebibytes: number): number {
  return Math.floor(mebibytes / processMebibytes) - 1;
}

function checkLeast(web: Role, least: number, needed: string, instead: string): void {
  if (web._mebibytes >= least) return;
  const { sidecarMebibytes: sidecars } = web._settings;
  const beside = sidecars > 0 ? `, and the sidecars ${sidecars}` : '';
  problem(web, 'ram', Size.mebibytes(web._ram), `${needed}${beside}; ${instead}`);
}
