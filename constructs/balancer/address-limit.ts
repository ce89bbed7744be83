/** Clients of one address: an eighth of all, and at least a browser's connections for a page, with some to spare. */
export function addressLimit(clients: number): number {
  return Math.max(16, Math.floor(clients / 8));
}
