/** After so long a container that cannot run is no hiccup of a registry, in milliseconds. */
const HICCUP_MS = 8000;

/** How long each of some pods or Jobs has been broken for. */
export class Hiccups {
  private readonly since = new Map<string, number>();

  /** Whether it has been broken for longer than a hiccup takes. */
  public isOver(name: string, isBroken: boolean, now: number): boolean {
    if (!isBroken) {
      this.since.delete(name);
      return false;
    }
    const since = this.since.get(name) ?? now;
    this.since.set(name, since);
    return now - since >= HICCUP_MS;
  }
}
