import { checked } from './inputs/checked';

/** More cores than a node has: the largest machines of clouds have 1,920. */
export const MOST_CPU = 4096;

/** An amount of CPU: of each slice, or for each GiB of RAM. */
@checked
export class Cpu {
  /** Thousandths of a core for each slice, whatever its RAM: `Cpu.millis(500)` is half a core. */
  public static millis(amount: number): Cpu {
    return new Cpu(amount, false);
  }

  /** Whole cores for each slice, whatever its RAM. */
  public static cores(amount: number): Cpu {
    return new Cpu(amount * 1000, false);
  }

  /** Thousandths of a core for each GiB of RAM: `Cpu.millisPerGibibyte(250)` is an eighth of a core for a slice of 512 MiB. */
  public static millisPerGibibyte(amount: number): Cpu {
    return new Cpu(amount, true);
  }

  private constructor(
    private readonly amount: number,
    private readonly perGibibyte: boolean,
  ) {}

  /**
   * CPU of a container, in thousandths of a core: its share of the slice's RAM decides. Both in MiB.
   *
   * @internal
   */
  public _millisOf(mebibytes: number, slice: number): number {
    return Math.max(1, Math.round((this.amount * mebibytes) / (this.perGibibyte ? 1024 : slice)));
  }

  /** @internal */
  public _isWhole(): boolean {
    return Number.isInteger(this.amount) && this.amount > 0 && this.amount <= MOST_CPU * 1000;
  }

  /** As an error shows it. */
  public toString(): string {
    return `${this.amount} m${this.perGibibyte ? ' for each GiB' : ''}`;
  }
}
