import type { WebTier } from '../web/web-tier';
import type { WebShare } from './route';

/** Where a route leads. */
export type RouteTarget =
  | { readonly kind: 'web'; readonly web: WebTier }
  | { readonly kind: 'split'; readonly shares: WebShare[]; readonly cookie: string | undefined }
  | { readonly kind: 'redirect'; readonly url: string; readonly permanent: boolean };

/** Requests of 10,000 that each share has. Rounding is of the sums, so that all together are 10,000. */
export function partsOf(shares: WebShare[]): number[] {
  const sum = (of: WebShare[]) => of.reduce((all, { weight }) => all + weight, 0);
  const ofFirst = (count: number) => Math.round((10_000 * sum(shares.slice(0, count))) / sum(shares));
  return shares.map((_, index) => ofFirst(index + 1) - ofFirst(index));
}

/** The URL in place of the route's path, without a slash at its end. */
export function redirectBase(url: string): string {
  return url.replace(/\/$/, '');
}

/** Attributes of the cookie that keeps a visitor at a tier: for the whole host, and no script's matter. */
export function cookieAttributes(tls: boolean): string {
  return `Path=/; HttpOnly; SameSite=Lax${tls ? '; Secure' : ''}`;
}
