/**
 * Clients of one address: an eighth of all, and at least a browser's connections for a page, with some to spare. nginx counts no
 * further than 65,535.
 */
export function addressLimit(clients: number): number {
  return Math.min(65_535, Math.max(16, Math.floor(clients / 8)));
}
