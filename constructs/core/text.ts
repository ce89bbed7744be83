/**
 * Text that a user gives and a program reads. Nothing on the way may take a part of it for something else: a reference, another
 * option, another line.
 */

/** The names that a variable of a container may have here: `checkNames()` refuses any other name. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/**
 * The text as a container's `command`, `args` or `env` must have it, so that its program gets exactly this text.
 *
 * The kubelet replaces `$(NAME)` with the variable's value, reads `$$` as `$`, and breaks a `$` before a letter outside ASCII
 * (Kubernetes, third_party/forked/golang/expansion). It leaves all else alone, such as `$(date +%s)` in a shell script.
 */
export function literal(text: string): string {
  return text.replace(/\$\(([^)]*)\)|\$(?=[$\u0080-\uffff])/g, (found: string, name?: string) =>
    name === undefined || VARIABLE.test(name) ? `$${found}` : found,
  );
}

/** Characters that YAML allows only as an escape; `yaml` writes characters beyond ASCII as they are. NEL (85) becomes a space. */
const NOT_IN_YAML = /[\u007f-\u009f\u2028\u2029\ufffe\uffff]/;

/**
 * Whether kubectl reads the text from a manifest as it was. It does not where a text of several lines begins with a tab, or has white space
 * alone. Found by giving kubectl 1.36 each character of Unicode's first plane, and all short texts of white space.
 */
export function fitsYaml(text: string): boolean {
  const lines = text.includes('\n') && (/^\n*\t/.test(text) || text.trim() === '');
  return !lines && !NOT_IN_YAML.test(text) && isWellFormed(text);
}

/** Whether the text has no half of a surrogate pair, which no encoding can carry. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Characters that end a line, or that nobody sees. */
const CONTROL = /[\p{Control}\p{Line_Separator}\p{Paragraph_Separator}\p{Surrogate}]/u;

/** Whether the text is one line without control characters. */
export function isLine(text: string): boolean {
  return !CONTROL.test(text);
}

/** Characters of an address (RFC 3986). Some programs read others as a part of their own language, such as `{{`. */
const URL_TEXT = /^[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=%-]+$/;

/** The address in a text of one line; undefined where it is none, or has a scheme other than these. */
export function urlIn(text: string, schemes: readonly string[]): URL | undefined {
  const url = URL_TEXT.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  return url && schemes.includes(url.protocol.slice(0, -1)) ? url : undefined;
}

/** The text as one line of a report: characters that nobody would see are escaped, and the rest of a long text is left out. */
export function visible(text: string): string {
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}… (${text.length} characters)` : text;
  return shown.replace(new RegExp(CONTROL, 'gu'), (character) => {
    const [known] =
      JSON.stringify(character)
        .slice(1, -1)
        .match(/^\\[nrt]$/) ?? [];
    return known ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

const LONGEST_SHOWN = 300;
