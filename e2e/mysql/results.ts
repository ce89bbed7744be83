/** What was measured, in bench/mysql.json: each run adds to it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadResult } from './load';
import { ROOT } from './pair';

export interface FaultResult {
  readonly fault: string;
  readonly planned: boolean;
  readonly load: number;
  /** The longest time without an acknowledged write, from the fault on; none where the fault could not be made. */
  readonly gapMs?: number;
  /** Until there was a replica again that had everything. */
  readonly wholeMs?: number;
  /** Whether both servers had the same transactions and the same checksum of each table once the pair was whole. */
  readonly same?: boolean;
  /** Why the fault could not be made. */
  readonly error?: string;
}

export interface Count {
  readonly rows: number;
  readonly lost: number;
  readonly phantom: number;
}

/** What one server has at the end, against what was acknowledged. */
export interface Verified {
  readonly members: Count;
  readonly transfers: Count;
  readonly totalOff: number;
  readonly wrongBalances: number;
  readonly executed: string;
}

export interface Series {
  readonly kind: 'faults';
  readonly at: string;
  readonly durability: string;
  readonly failoverSeconds: number;
  readonly faults: FaultResult[];
  readonly stats: { readonly acknowledged: number; readonly unknown: number; readonly refused: number };
  readonly servers: Readonly<Record<string, Verified>>;
  /** Why the series ended before its time. */
  readonly broken?: string;
}

export interface Overhead {
  readonly kind: 'overhead';
  readonly at: string;
  readonly load: number;
  readonly clients: number;
  readonly pair: LoadResult[];
  readonly bare: LoadResult[];
}

export const RESULTS = process.env['BENCH_RESULTS'] ?? join(ROOT, 'bench/mysql.json');

export function results(): (Series | Overhead)[] {
  return existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as (Series | Overhead)[]) : [];
}

export function add(result: Series | Overhead): void {
  writeFileSync(RESULTS, `${JSON.stringify([...results(), result], undefined, 1)}\n`);
}

/** Transactions that were acknowledged and are not there, or are there though refused, and accounts that do not add up. */
export function wrongs(servers: Series['servers']) {
  const all = Object.values(servers);
  const sum = (of: (server: Verified) => number) => all.reduce((total, server) => total + of(server), 0);
  return {
    lost: sum(({ members, transfers }) => members.lost + transfers.lost),
    phantom: sum(({ members, transfers }) => members.phantom + transfers.phantom),
    balances: sum(({ wrongBalances, totalOff }) => wrongBalances + Math.abs(totalOff)),
    differ: new Set(all.map(({ executed }) => executed)).size > 1,
  };
}
