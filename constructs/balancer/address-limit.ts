/**
 * Clients of one address: a quarter of all, and at least a browser's connections for a page, with some to spare. Visitors behind one
 * address send 100 requests a second, and a balancer that stands still for 0.7 s then has an eighth of a small slice's connections
 * in hand: those were refused. nginx counts no further than 65,535.
 */
export function addressLimit(clients: number): number {
  return Math.min(65_535, Math.max(16, Math.floor(clients / 4)));
}
