import { ApiObject, App, Chart, DependencyGraph } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { problem } from './problems';
import type { Site } from './site';
import { removingStale } from './stale-files';
import { Survey } from './survey';
import { findNameClashes } from './name-clashes';
import { orderChildren, placeInFile } from './order';

const SYNTHESES = new WeakMap<IConstruct, Synthesis>();

/**
 * The shared state of all sites of an app while it is synthesized.
 *
 * For each chart that it writes, cdk8s validates the whole app and resolves all of its dependencies again. The time then grows with the
 * square of the app. Here the app is walked once for each validation, and a chart is written without another one.
 */
export class Synthesis {
  public static of(construct: IConstruct): Synthesis {
    const app = App.of(construct);
    const synthesis = SYNTHESES.get(app) ?? new Synthesis(app);
    SYNTHESES.set(app, synthesis);
    return synthesis;
  }

  private readonly sites: Site[] = [];
  private readonly files: SiteFile[] = [];
  /** The site or role of each file. */
  private readonly owners = new Map<IConstruct, IConstruct>();
  /** Files that may be written as they are, as the app was found valid. */
  private readonly valid = new Set<SiteFile>();
  /** Errors of sites that cdk8s has not asked for yet. */
  private readonly errors = new Map<Site, string[]>();
  private validating = false;

  private constructor(private readonly app: App) {
    if (typeof app.synth !== 'function')
      throw new Error(
        "Site: 'scope' is in no App: nothing would write its manifests; write new Site(new App(), 'dfw', …)",
      );
    // cdk8s asks the app before all that is in it.
    app.node.addValidation({ validate: () => this.validateOnce() });
    const write = app.synth.bind(app);
    app.synth = () => removingStale(app, this.sites, write);
  }

  public addSite(site: Site): void {
    this.sites.push(site);
    site.node.addValidation({ validate: () => this.takeErrors(site) });
  }

  /** The file of a site itself, which comes before all others in the order of their names: it has the namespaces. */
  public addSiteFile(construct: IConstruct, name: string): Chart {
    return this.addFile(construct, `0000-${name}`);
  }

  /**
   * A file of dist. The names of two may meet where their ids do not: `c` of the site `a-b`, and `b-c` of `a`.
   *
   * A valid app with one more file may no longer be valid.
   */
  public addFile(construct: IConstruct, name: string): Chart {
    this.valid.clear();
    const { node } = this.app;
    const taken = node.tryFindChild(name) !== undefined;
    if (taken) problem(construct, 'id', construct.node.id, `dist has a file '${name}' already; write another id`);
    const file = new SiteFile(this.app, taken ? `${name}-${node.children.length}` : name);
    this.owners.set(file, construct);
    this.files.push(file);
    return file;
  }

  /** Whether a file may be written without a validation: once for each validation, so that later changes are seen. */
  public takeValid(file: SiteFile): boolean {
    return this.valid.delete(file);
  }

  private validateOnce(): string[] {
    this.valid.clear();
    this.validating = true;
    for (const site of this.sites) site._finish();
    this.order();
    const constructs = this.app.node.findAll();
    const survey = new Survey(constructs, this.sites);
    for (const site of this.sites) this.errors.set(site, findNameClashes(site, survey));
    const valid = constructs.every((each) => each === this.app || each.node.validate().length === 0);
    if (valid) for (const file of this.files) this.valid.add(file);
    if (valid && constructs.some(({ node }) => node.dependencies.length > 0)) this.followSites();
    this.validating = false;
    return [];
  }

  /**
   * cdk8s numbers the files of an app in which something depends on something else. A site's own file then has to come first by its number.
   *
   * Without that, no file's name says how many others there are: Git shows a role that was taken out as one file, and not as many.
   */
  private followSites(): void {
    const first = new Set(this.sites.map(({ chart }) => chart));
    const others = this.app.node.children.filter((each): each is Chart => Chart.isChart(each) && !first.has(each));
    for (const site of this.sites) {
      const before = dependenciesOf(site.chart);
      for (const chart of others.filter((each) => !before.has(each) && this.mayBelongTo(site, each)))
        chart.addDependency(site.chart);
    }
  }

  /** A chart that is not the library's may have objects in any site's namespace. */
  private mayBelongTo(site: Site, chart: Chart): boolean {
    return this.owners.get(chart)?.node.scopes.includes(site) ?? true;
  }

  /** The same dist in whatever order the roles were made. */
  private order(): void {
    // A space comes first of all characters, so that roles follow their site.
    orderChildren(this.app.node, (each) => this.owners.get(each)?.node.path.replaceAll('/', ' '));
    for (const { node } of this.files) orderChildren(node, placeInFile);
  }

  private takeErrors(site: Site): string[] {
    const errors = this.errors.get(site) ?? findNameClashes(site, new Survey(this.app.node.findAll(), this.sites));
    if (!this.validating) this.errors.delete(site);
    return errors;
  }
}

/** Everything that a construct depends on, and what that depends on. */
function dependenciesOf(one: IConstruct, found = new Set<IConstruct>()): ReadonlySet<IConstruct> {
  for (const each of one.node.dependencies) {
    if (found.has(each)) continue;
    found.add(each);
    dependenciesOf(each, found);
  }
  return found;
}

/** A chart of the library, which is written as cdk8s writes any, less the work that cdk8s has done for the whole app already. */
class SiteFile extends Chart {
  // oxlint-disable-next-line typescript/no-explicit-any
  public override toJson(): any[] {
    if (!Synthesis.of(this).takeValid(this)) return super.toJson();
    const constructs = new DependencyGraph(this.node).topology();
    return constructs.flatMap((each) => (each instanceof ApiObject && each.chart === this ? [each.toJson()] : []));
  }
}
