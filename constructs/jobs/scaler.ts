import type { JobWorkers } from './job-workers';
import { AuxiliaryPods } from '../core/pod-group';

/** An object that says how many workers of a kind there are. */
export abstract class Scaler {
  public readonly min: number;
  public readonly max: number;

  constructor(bounds: { readonly min?: number | undefined; readonly max: number }) {
    this.min = bounds.min ?? 1;
    this.max = bounds.max;
  }

  /** Makes the objects that scale the Deployment which has the party's name. */
  public abstract scale(workers: JobWorkers, kind: string, party: AuxiliaryPods): void;
}
