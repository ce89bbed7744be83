const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};
const CORES: Readonly<Record<string, number>> = { '': 1, n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3 };

/** A quantity of RAM as Kubernetes writes it, in MiB. */
export function mebibytes(quantity: string): number {
  return numberOf(quantity, BYTES) / 2 ** 20;
}

/** A quantity of CPU as Kubernetes writes it, in thousandths of a core. */
export function millicores(quantity: string): number {
  return numberOf(quantity, CORES) * 1000;
}

function numberOf(quantity: string, units: Readonly<Record<string, number>>): number {
  const [, number = '0', unit = ''] = /^([\d.]+(?:e\d+)?)(\w*)$/.exec(quantity) ?? [];
  return Number(number) * (units[unit] ?? Number.NaN);
}
