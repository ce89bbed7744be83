import { Layers, Place, Way, layersOf } from './layers';
import { Manifest } from './manifests';
import { Spot, spotsOf } from './places';
import { RoleOfSite, SiteGraph, siteGraph } from './site-graph';

const COLOURS = [
  '#b4472e',
  '#2f6f9f',
  '#3f7d4e',
  '#8a5a9e',
  '#b07a1e',
  '#2a8383',
  '#a3466f',
  '#5b6470',
  '#6a5acd',
  '#7a6a3a',
];
const TILE = { width: 118, height: 50, gap: 8, perLine: 3 };
const CARD = { padding: 12, header: 50 };
const LANE = 10;
const MARGIN = 32;
const TITLE = 66;
const WORLD = { width: 150, height: 32, below: 46 };

/** A picture of a site, in SVG: its roles and slices with their RAM, and an arrow for each relation. */
export function drawSite(manifests: Manifest[]): string {
  const graph = siteGraph(manifests);
  const watchers = graph.roles.filter((role) => watchesAll(role, graph));
  const isDrawn = (name: string) => !watchers.some((each) => each.name === name);
  const drawn: SiteGraph = {
    roles: graph.roles.filter((role) => isDrawn(role.name)),
    relations: graph.relations.filter(({ from, to }) => isDrawn(from) && isDrawn(to)),
  };
  return new Drawing(graph, drawn, watchers).svg();
}

/** A role that looks at every slice, by itself or by their nodes: arrows for it would hide the rest. */
function watchesAll(role: RoleOfSite, { roles, relations }: SiteGraph): boolean {
  const reached = relations.filter((each) => each.from === role.name).length;
  return role.asksNodes || (reached > 3 && reached >= (roles.length - 1) * 0.7);
}

class Drawing {
  private readonly roles: Map<string, RoleOfSite>;
  private readonly colours: Map<string, string>;
  private readonly layers: Layers;
  private readonly spots: Map<Place, Spot>;
  private readonly largest: number;

  constructor(
    private readonly graph: SiteGraph,
    drawn: SiteGraph,
    private readonly watchers: RoleOfSite[],
  ) {
    this.roles = new Map(graph.roles.map((role) => [role.name, role]));
    this.colours = new Map(graph.roles.map((role, index) => [role.name, COLOURS[index % COLOURS.length] as string]));
    this.largest = Math.max(...graph.roles.map((role) => role.mebibytes));
    this.layers = layersOf(drawn);
    const room = (place: Place) => (place.role ? cardRoom(this.role(place.role)) : { width: LANE, height: 0 });
    this.spots = spotsOf(this.layers, room, TITLE + WORLD.height + WORLD.below);
  }

  public svg(): string {
    const spots = [...this.spots.values()];
    const left = Math.min(-WORLD.width / 2, ...spots.map((spot) => spot.x - spot.width / 2)) - MARGIN;
    const right = Math.max(WORLD.width / 2, ...spots.map((spot) => spot.x + spot.width / 2)) + MARGIN;
    const bottom = Math.max(...spots.map((spot) => spot.y + spot.height));
    const watchers = this.watchers.map((role, index) =>
      this.watcher(role, (left + right) / 2, bottom + 34 + index * 130),
    );
    const height = bottom + MARGIN + this.watchers.reduce((sum, role) => sum + cardRoom(role).height + 38, 0);
    const width = right - left;
    return `${[
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${round(left)} 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif">`,
      `<title>${escape(this.title())}</title>`,
      '<defs>',
      ...[...this.colours].map(([name, colour]) => arrowHead(name, colour)),
      arrowHead('world', '#5b6470'),
      '</defs>',
      rectangle(left, 0, width, height, { fill: '#fbfaf7', rx: 14 }),
      this.heading(left + MARGIN),
      ...this.world(),
      ...this.layers.ways.map((way) => this.arrow(way)),
      ...[...this.spots].flatMap(([place, spot]) => (place.role ? [this.card(this.role(place.role), spot)] : [])),
      ...watchers,
      '</svg>',
    ].join('\n')}\n`;
  }

  private title(): string {
    const slices = this.graph.roles.reduce((sum, role) => sum + role.slices.length, 0);
    const mebibytes = this.graph.roles.reduce((sum, role) => sum + role.slices.length * role.mebibytes, 0);
    return `${this.site()}: ${slices} slices, ${ram(mebibytes)}`;
  }

  private site(): string {
    return this.graph.roles[0]?.name.replace(/-[^-]+$/, '') ?? '';
  }

  private heading(x: number): string {
    const [name = '', rest = ''] = this.title().split(': ');
    const small = `<tspan dx="14" font-size="14" font-weight="400" fill="#5b6470">${escape(rest)}</tspan>`;
    return `<text x="${round(x)}" y="40" font-size="24" font-weight="700" fill="#23262b">${escape(name)}${small}</text>`;
  }

  private world(): string[] {
    const faced = [...this.spots].filter(([place]) => place.role && this.role(place.role).facesTheWorld);
    if (faced.length === 0) return [];
    const x = faced.reduce((sum, [, spot]) => sum + spot.x, 0) / faced.length;
    const from = { x, y: TITLE + WORLD.height };
    return [
      ...faced.map(([place, spot]) =>
        path(curve(from, { x: this.entry(place, undefined), y: spot.y - 5 }), 'world', '#5b6470'),
      ),
      rectangle(x - WORLD.width / 2, TITLE, WORLD.width, WORLD.height, { fill: '#23262b', rx: 16 }),
      text(x, TITLE + 21, 'the world', { size: 13, weight: 600, fill: '#ffffff', anchor: 'middle' }),
    ];
  }

  private arrow({ relation, places }: Way): string {
    const way = places.flatMap((place, index) => {
      const spot = this.spots.get(place) as Spot;
      if (index === 0) return [{ x: this.exit(place, places[1] as Place), y: spot.y + spot.height }];
      if (index === places.length - 1) return [{ x: this.entry(place, places[index - 1]), y: spot.y - 5 }];
      return [
        { x: spot.x, y: spot.y },
        { x: spot.x, y: spot.y + spot.height },
      ];
    });
    const curves = way.slice(1).map((to, index) => curve(way[index] as Point, to));
    return path(curves.join(' '), relation.from, this.colour(relation.from));
  }

  /** Arrows leave and reach a card side by side, in the order of where they go and come from. */
  private exit(place: Place, to: Place): number {
    return this.port(place, place.below, to);
  }

  private entry(place: Place, from: Place | undefined): number {
    const world = this.role(place.role as string).facesTheWorld ? [undefined] : [];
    return this.port(place, [...world, ...place.above], from);
  }

  private port(place: Place, linked: (Place | undefined)[], one: Place | undefined): number {
    const spot = this.spots.get(place) as Spot;
    const at = (each: Place | undefined) => (each ? (this.spots.get(each)?.x ?? 0) : spot.x);
    const sorted = [...linked].sort((a, b) => at(a) - at(b));
    const step = Math.min(34, (spot.width - 40) / Math.max(1, sorted.length - 1));
    return spot.x + (sorted.indexOf(one) - (sorted.length - 1) / 2) * step;
  }

  private card(role: RoleOfSite, { x, y, width, height }: Spot): string {
    const left = x - width / 2;
    const colour = this.colour(role.name);
    return [
      '<g>',
      rectangle(left, y, width, height, { fill: '#ffffff', stroke: '#d9d5cc', rx: 9 }),
      `<path d="M${round(left + 9)} ${round(y)}h${round(width - 18)}" stroke="${colour}" stroke-width="4" stroke-linecap="round"/>`,
      text(left + CARD.padding, y + 23, shortName(role), { size: 15, weight: 700, fill: colour }),
      text(left + width - CARD.padding, y + 22, role.ports.join('  '), { size: 10.5, fill: '#5b6470', anchor: 'end' }),
      text(left + CARD.padding, y + 40, subtitle(role), { size: 10.5, fill: '#5b6470' }),
      ...role.slices.map((slice, index) => this.tile(role, slice, left, y, index)),
      '</g>',
    ].join('\n');
  }

  private tile(role: RoleOfSite, slice: string, left: number, top: number, index: number): string {
    const x = left + CARD.padding + (index % TILE.perLine) * (TILE.width + TILE.gap);
    const y = top + CARD.header + Math.floor(index / TILE.perLine) * (TILE.height + TILE.gap);
    const whole = TILE.width - 16;
    const scale = whole / this.largest;
    let at = x + 8;
    const bars = role.containers.map(({ name, mebibytes }, position) => {
      const bar = `<rect x="${round(at)}" y="${round(y + 36)}" width="${round(Math.max(1.5, mebibytes * scale - 1))}" height="6" fill="${this.colour(role.name)}" opacity="${round(Math.max(0.3, 1 - position * 0.3))}"><title>${escape(`${name}: ${ram(mebibytes)}`)}</title></rect>`;
      at += mebibytes * scale;
      return bar;
    });
    return [
      rectangle(x, y, TILE.width, TILE.height, { fill: '#f4f2ec', rx: 6 }),
      text(x + 8, y + 17, slice, { size: 11.5, weight: 600, fill: '#23262b', mono: true }),
      text(x + 8, y + 30, ram(role.mebibytes), { size: 10.5, fill: '#5b6470' }),
      rectangle(x + 8, y + 36, whole, 6, { fill: '#e2ded4', rx: 1 }),
      ...bars,
    ].join('');
  }

  /** What looks at everything: a card below the others, and a line that says so in place of its arrows. */
  private watcher(role: RoleOfSite, x: number, y: number): string {
    const { width, height } = cardRoom(role);
    const spots = [...this.spots.values()];
    const left = Math.min(...spots.map((spot) => spot.x - spot.width / 2));
    const right = Math.max(...spots.map((spot) => spot.x + spot.width / 2));
    return [
      `<path d="M${round(left)} ${round(y - 16)}v8H${round(right)}v-8" fill="none" stroke="${this.colour(role.name)}" stroke-width="1.5" stroke-dasharray="2 4"/>`,
      this.card(role, { x, y: y + 4, width, height }),
      text(x + width / 2 + 14, y + 26, 'watches every slice', { size: 12, fill: this.colour(role.name) }),
    ].join('\n');
  }

  private role(name: string): RoleOfSite {
    return this.roles.get(name) as RoleOfSite;
  }

  private colour(name: string): string {
    return this.colours.get(name) as string;
  }
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function cardRoom(role: RoleOfSite): { width: number; height: number } {
  const lines = Math.ceil(role.slices.length / TILE.perLine);
  const inLine = Math.min(TILE.perLine, role.slices.length);
  const tiles = inLine * (TILE.width + TILE.gap) - TILE.gap;
  const words = shortName(role).length * 9 + 16 + role.ports.join('  ').length * 5.8;
  return {
    width: Math.max(tiles, words, subtitle(role).length * 5.6) + 2 * CARD.padding,
    height: CARD.header + lines * (TILE.height + TILE.gap) - TILE.gap + CARD.padding,
  };
}

function shortName(role: RoleOfSite): string {
  return role.name.slice(role.name.lastIndexOf('-') + 1);
}

/** What shares a slice, and where it is kept apart from the rest. */
function subtitle(role: RoleOfSite): string {
  const counts = new Map<string, number>();
  for (const { name } of role.containers) {
    const kind = name.replace(/-\d+$/, '');
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const inside = [...counts].map(([kind, count]) => (count > 1 ? `${kind} × ${count}` : kind)).join(' + ');
  return role.namespace === role.name ? `${inside}, in a namespace of its own` : inside;
}

function ram(mebibytes: number): string {
  return mebibytes < 1024 ? `${mebibytes} MiB` : `${round(mebibytes / 1024)} GiB`;
}

function curve(from: Point, to: Point): string {
  const bend = (to.y - from.y) / 2;
  return `M${round(from.x)} ${round(from.y)}C${round(from.x)} ${round(from.y + bend)} ${round(to.x)} ${round(to.y - bend)} ${round(to.x)} ${round(to.y)}`;
}

function path(way: string, marker: string, colour: string): string {
  return `<path d="${way}" fill="none" stroke="${colour}" stroke-width="1.8" marker-end="url(#to-${marker})"/>`;
}

function arrowHead(name: string, colour: string): string {
  return `<marker id="to-${name}" viewBox="0 0 10 10" refX="5" refY="5" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L10 5L0 10Z" fill="${colour}"/></marker>`;
}

interface Look {
  readonly fill: string;
  readonly stroke?: string;
  readonly rx?: number;
}

function rectangle(x: number, y: number, width: number, height: number, { fill, stroke, rx = 0 }: Look): string {
  const line = stroke ? ` stroke="${stroke}"` : '';
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${rx}" fill="${fill}"${line}/>`;
}

interface TextLook {
  readonly size: number;
  readonly fill: string;
  readonly weight?: number;
  readonly anchor?: string;
  readonly mono?: boolean;
}

function text(
  x: number,
  y: number,
  words: string,
  { size, fill, weight = 400, anchor = 'start', mono }: TextLook,
): string {
  const family = mono ? ' font-family="ui-monospace, SFMono-Regular, Menlo, monospace"' : '';
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}"${family}>${escape(words)}</text>`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

function escape(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
