import { isIPv4 } from 'node:net';

/** The first address of a network. */
export function networkOf(address: string, length: number): string {
  const six = !isIPv4(address);
  const [parts, bits] = six ? [groupsOf(address), 16] : [address.split('.').map(Number), 8];
  const kept = parts.map((part, index) => {
    const free = Math.min(bits, Math.max(0, bits * (index + 1) - length));
    return (part >> free) << free;
  });
  if (!six) return kept.join('.');
  return new URL(`http://[${kept.map((each) => each.toString(16)).join(':')}]`).hostname.slice(1, -1);
}

/** Whether an address of IPv4 is in the network. */
export function hasAddress(cidr: string, address: string): boolean {
  const [first = '', length = ''] = cidr.split('/');
  return isIPv4(first) && networkOf(address, Number(length)) === networkOf(first, Number(length));
}

/** The eight numbers of an IPv6 address, which may leave zeros out. */
function groupsOf(address: string): number[] {
  const whole = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [before = [], after = []] = whole.split('::').map((half) => half.split(':').filter((each) => each !== ''));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...(whole.includes('::') ? zeros : []), ...after].map((each) => Number.parseInt(each, 16));
}

/** Whether two texts are one address, which IPv6 writes in several ways. */
export function isSameAddress(one: string, other: string): boolean {
  if (isIPv4(one)) return one === other;
  return groupsOf(one).join() === groupsOf(other).join();
}
