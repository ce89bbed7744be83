import { GtidSet } from './gtid-set';

/** The value of a server's variable. */
export type Variables = (name: string) => string | undefined;

/** One column of a SELECT without a table: `GTID_SUBTRACT('a:1-5', @@global.gtid_executed) AS value`. */
export function evaluate(columns: string, variables: Variables): Record<string, string> {
  const reader = new Reader(columns, variables);
  const row: Record<string, string> = {};
  do {
    const start = reader.at;
    const value = reader.expression();
    const text = columns.slice(start, reader.at).trim();
    row[reader.word('AS') ? reader.name() : text] = value;
  } while (reader.symbol(','));
  if (!reader.done) throw new Error(`no expression that the modelled mysqld knows: ${columns}`);
  return row;
}

class Reader {
  public at = 0;

  public constructor(
    private readonly text: string,
    private readonly variables: Variables,
  ) {}

  public get done(): boolean {
    return this.take(/\s*$/y) !== undefined;
  }

  public symbol(symbol: string): boolean {
    return this.take(symbol === ',' ? /\s*,/y : symbol === '(' ? /\s*\(/y : /\s*\)/y) !== undefined;
  }

  public word(word: string): boolean {
    return this.take(new RegExp(`\\s+${word}\\b`, 'iy')) !== undefined;
  }

  public name(): string {
    return this.need(/\s*(\w+)/y);
  }

  public expression(): string {
    const variable = this.take(/\s*@@(?:global\.|session\.)?(\w+)/iy);
    if (variable !== undefined) {
      const value = this.variables(variable);
      if (value === undefined) throw new Error(`the modelled mysqld has no variable ${variable}`);
      return value;
    }
    const literal = this.take(/\s*'((?:[^'\\]|\\.)*)'/sy) ?? this.take(/\s*(\d+)/y);
    if (literal !== undefined) return literal;
    return this.call(this.name().toUpperCase());
  }

  private call(name: string): string {
    const values: string[] = [];
    if (!this.symbol('(')) throw new Error(`no expression that the modelled mysqld knows: ${this.text}`);
    while (!this.symbol(')')) {
      values.push(this.expression());
      this.symbol(',');
    }
    const [first = new GtidSet(), second = new GtidSet()] = values.map((value) => GtidSet.parse(value));
    if (name === 'GTID_SUBSET') return first.isIn(second) ? '1' : '0';
    if (name === 'GTID_SUBTRACT') return first.subtract(second).toString();
    throw new Error(`the modelled mysqld does not know the function ${name}`);
  }

  private need(pattern: RegExp): string {
    const found = this.take(pattern);
    if (found === undefined) throw new Error(`no expression that the modelled mysqld knows: ${this.text}`);
    return found;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (!match) return undefined;
    this.at = pattern.lastIndex;
    return match[1] ?? '';
  }
}
