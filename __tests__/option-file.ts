/** The options of a file as MySQL reads it: mysys/my_default.cc, of one group and without includes. */
export function readOptionFile(text: string): [name: string, value: string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    const start = line.trimStart();
    if (start === '' || start.startsWith('#') || start.startsWith(';') || start.startsWith('[')) return [];
    if (start.startsWith('!')) throw new Error(`a directive: ${line}`);
    const option = withoutComment(start);
    const at = option.indexOf('=');
    if (at < 0) return [[option.trim(), '']];
    return [[option.slice(0, at).trim(), unescaped(unquoted(option.slice(at + 1).trim()))]];
  });
}

/** `remove_end_comment()`: a `#` outside quotes ends the line. */
function withoutComment(line: string): string {
  let quote = '';
  let escaped = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] as string;
    if (/['"]/.test(character) && !escaped) {
      if (quote === '') quote = character;
      else if (quote === character) quote = '';
    }
    if (quote === '' && character === '#') return line.slice(0, at);
    escaped = quote !== '' && character === '\\' && !escaped;
  }
  return line;
}

function unquoted(value: string): string {
  const quoted = value.length > 1 && /^['"]/.test(value) && value.endsWith(value[0] as string);
  return quoted ? value.slice(1, -1) : value;
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', s: ' ', '"': '"', "'": "'", '\\': '\\' };

function unescaped(value: string): string {
  return value.replace(/\\([^])/g, (found, character: string) => ESCAPES[character] ?? found);
}
