import { list, object, parseJson, text, wholeNumber } from './parser';

/** What the Job that sets Garage up is to make: the environment variable `WANTED` has it. */
export interface GarageConfig {
  readonly slices: readonly GarageSlice[];
  readonly bucket: string;
}

export interface GarageSlice {
  readonly name: string;
  /** Where its admin API answers. */
  readonly admin: string;
  /** Where the other slices reach it. */
  readonly rpc: string;
  /** Bytes of its volume. */
  readonly capacity: number;
}

const slice = object<GarageSlice>({ name: text(), admin: text(), rpc: text(), capacity: wholeNumber(1) });

const garageConfig = object<GarageConfig>({ slices: list(slice), bucket: text('name the bucket') });

export function parseGarageConfig(json: string): GarageConfig {
  return parseJson(garageConfig, json, 'WANTED');
}
