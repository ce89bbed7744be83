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
  /** The places of files among each other: a space comes first of all characters, so that roles follow their site. */
  private readonly places = new Map<IConstruct, string>();
  /** Files that may be written as they are, as the app was found valid. */
  private readonly valid = new Set<SiteFile>();
  /** Errors of sites that cdk8s has not asked for yet. */
  private readonly errors = new Map<Site, string[]>();
  private validating = false;

  private constructor(private readonly app: App) {
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
    this.places.set(file, construct.node.path.replaceAll('/', ' '));
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
    const own = this.sites.map(({ chart }) => chart);
    for (const chart of Object.values(this.app.node.children).filter((each) => Chart.isChart(each)))
      for (const site of own) if (chart !== site && !dependsOn(site, chart)) chart.addDependency(site);
  }

  /** The same dist in whatever order the roles were made. */
  private order(): void {
    orderChildren(this.app.node, (each) => this.places.get(each));
    for (const { node } of this.files) orderChildren(node, placeInFile);
  }

  private takeErrors(site: Site): string[] {
    const errors = this.errors.get(site) ?? findNameClashes(site, new Survey(this.app.node.findAll(), this.sites));
    if (!this.validating) this.errors.delete(site);
    return errors;
  }
}

/** Whether a construct depends on another, or something that it depends on does. */
function dependsOn(one: IConstruct, other: IConstruct): boolean {
  return one.node.dependencies.some((each) => each === other || dependsOn(each, other));
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
