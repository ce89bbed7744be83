import type { JobWorkers } from '../job-workers';
import { PartyBeside } from './party';

/** What says how many workers of a kind there are. */
export interface Scaler {
  readonly min: number;
  readonly max: number;
  /** Makes the objects that scale the StatefulSet which has the party's name. */
  scale(workers: JobWorkers, kind: string, party: PartyBeside): void;
}
