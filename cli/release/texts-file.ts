import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseTexts } from '../../contract/texts';

/** A JSON file of names and texts in the project, as `Images.fromFile` reads it. It can be put back as it was. */
export class TextsFile {
  private readonly before: string | undefined;
  /** What it has now, by name. */
  public texts: Readonly<Record<string, string>>;

  /** @throws where it is there and has something else. */
  constructor(public readonly path: string) {
    this.before = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    this.texts = this.before === undefined ? {} : parsed(path, this.before);
  }

  public write(texts: Readonly<Record<string, string>>): void {
    this.texts = texts;
    writeFileSync(this.path, `${JSON.stringify(texts, undefined, 2)}\n`);
  }

  /** Puts it back as it was, and takes it away where it was not there. */
  public restore(): void {
    if (this.before === undefined) rmSync(this.path, { force: true });
    else writeFileSync(this.path, this.before);
    this.texts = this.before === undefined ? {} : parsed(this.path, this.before);
  }
}

function parsed(path: string, text: string): Record<string, string> {
  const found = parseTexts(text);
  if (!found) throw new Error(`'${path}' is no JSON object of texts, such as { "web": "nginx:1.30" }`);
  return found;
}
