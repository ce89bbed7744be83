import type { BalancerInput } from './balancer-input';
import { RouteTarget, cookieAttributes, partsOf } from './route-target';

type Split = Extract<RouteTarget, { kind: 'split' }>;

/** Splits of the routes, each once, so that a split has one number wherever it is used. */
function splitsOf({ routes }: BalancerInput): Split[] {
  return routes.flatMap(({ _target }) => (_target.kind === 'split' ? [_target] : []));
}

/** Draws a web tier for each request that nginx has no cookie for. */
export function nginxSplits(plan: BalancerInput): string {
  return splitsOf(plan)
    .map((split, index) => draw(split, index + 1) + (split.cookie === undefined ? '' : keep(plan, split, index + 1)))
    .join('');
}

/** Statements by which a route chooses its web tier. */
export function nginxSplit(plan: BalancerInput, split: Split): string {
  const number = splitsOf(plan).indexOf(split) + 1;
  if (split.cookie === undefined) return `      set $tier $drawn_${number};`;
  return `      set $tier $kept_${number};
      set $tier_cookie $cookie_of_${number};`;
}

/** Settings of a server whose routes give visitors a cookie: an empty header is left out. */
export function nginxCookies(plan: BalancerInput): string {
  if (splitsOf(plan).every(({ cookie }) => cookie === undefined)) return '';
  return `    set $tier_cookie "";
    add_header Set-Cookie $tier_cookie;
`;
}

function draw({ shares }: Split, number: number): string {
  const parts = partsOf(shares);
  const lines = shares.map(({ web }, index) => {
    const percent = index === shares.length - 1 ? '*' : `${(parts[index]! / 100).toFixed(2)}%`;
    return `    ${percent} ${web.name};\n`;
  });
  return `  split_clients $request_id $drawn_${number} {\n${lines.join('')}  }\n`;
}

function keep({ httpsOnly }: BalancerInput, { shares, cookie }: Split, number: number): string {
  const names = shares.map(({ web }) => web.name);
  const kept = names.map((name) => `    ${name} ${name};\n`).join('');
  const none = names.map((name) => `    ${name} "";\n`).join('');
  return `  map $cookie_${cookie} $kept_${number} {
${kept}    default $drawn_${number};
  }
  map $cookie_${cookie} $cookie_of_${number} {
${none}    default "${cookie}=$drawn_${number}; ${cookieAttributes(httpsOnly)}";
  }
`;
}
