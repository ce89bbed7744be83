/**
 * Shares out MiB. Amounts asked for come first, and the others share the rest evenly. Where all ask, the rest is spread in proportion. The
 * shares are whole and sum to exactly `total`, as long as no more than that is asked for.
 */
export function shareOut(total: number, asked: (number | undefined)[]): number[] {
  const sum = asked.reduce<number>((before, each) => before + (each ?? 0), 0);
  const open = asked.filter((each) => each === undefined).length;
  const shares = asked.map((each) => {
    if (open > 0) return each ?? Math.floor((total - sum) / open);
    return Math.floor(((each ?? 0) * total) / sum);
  });
  let left = total - shares.reduce((before, each) => before + each, 0);
  return shares.map((share, index) => {
    if (left <= 0 || (open > 0 && asked[index] !== undefined)) return share;
    left -= 1;
    return share + 1;
  });
}
