import {
  anyText,
  boolean,
  byKind,
  list,
  object,
  oneOf,
  optional,
  parseJson,
  port,
  record,
  text,
  wholeNumber,
} from '../../contract/parser';
import type { Parser } from '../../contract/parser';

const wrong: [string, Parser<unknown>, unknown, string][] = [
  ['a number for a text', text(), 1, 'at must be a text that is not empty, got 1'],
  ['an empty text', text('name the Lease'), '', 'at must name the Lease, got ""'],
  ['null for a text that may be empty', anyText(), null, 'at must be a text, got null'],
  ['a text for a boolean', boolean(), 'false', 'at must be true or false, got "false"'],
  ['a fraction', wholeNumber(), 1.5, 'at must be a whole number, at least 0, got 1.5'],
  ['a number below the least', wholeNumber(1), 0, 'at must be a whole number, at least 1, got 0'],
  ['a number too large to be exact', wholeNumber(), 2 ** 53, 'at must be a whole number'],
  ['a port of none', port(), 0, 'at must be a port number, got 0'],
  ['a port above the last', port(), 65_536, 'at must be a port number, got 65536'],
  [
    'a choice in capitals',
    oneOf(['preferred', 'required']),
    'REQUIRED',
    "at must be 'preferred' or 'required', got \"REQUIRED\"",
  ],
  ['an object for a list', list(text()), { 0: 'a' }, 'at must be a list, got {"0":"a"}'],
  ['a wrong item', list(text()), ['a', 2], 'at[1] must be a text that is not empty, got 2'],
  ['a list for an object', object<{ a: string }>({ a: text() }), ['a'], 'at must be an object, got ["a"]'],
  ['a list for a record', record(text()), [], 'at must be an object, got []'],
  ['a wrong value of a record', record(text()), { a: '' }, 'at.a must be a text that is not empty, got ""'],
  [
    'a key that lacks',
    object<{ a: string }>({ a: text() }),
    {},
    'at.a must be a text that is not empty, got undefined',
  ],
  ['null for a key that may lack', optional(text()), null, 'at must be a text that is not empty, got null'],
  [
    'a key of every object',
    object<{ a?: string }>({ a: optional(text()) }),
    { toString: 'x' },
    'at.toString is not a key',
  ],
  [
    'a key of another kind',
    byKind({ a: object<{ kind: 'a' }>({ kind: oneOf(['a']) }) }),
    { kind: 'b' },
    "at.kind must be 'a'",
  ],
];

test.each(wrong)('refuses %s, and names where it is', (_, parser, value, message) => {
  expect(() => parser.parse(value, 'at')).toThrow(message);
});

test('an unknown key is an error that lists the known ones', () => {
  const parser = object<{ host: string; port?: number }>({ host: text(), port: optional(port()) });
  expect(() => parser.parse({ host: 'a', prot: 80 }, '')).toThrow(
    'prot is not a key of the configuration; the keys here are host, port',
  );
});

test('a key that may be left out is absent afterwards, and not undefined', () => {
  const parser = object<{ host: string; port?: number }>({ host: text(), port: optional(port()) });
  expect(Object.keys(parser.parse({ host: 'a' }, ''))).toEqual(['host']);
});

test('a record keeps keys that are names of every object', () => {
  const given = JSON.parse('{"__proto__": "a", "constructor": "b"}');
  expect(JSON.stringify(record(text()).parse(given, ''))).toBe('{"__proto__":"a","constructor":"b"}');
});

test('a text that is not JSON is an error with the name of the file', () => {
  expect(() => parseJson(text(), '{', 'config.json')).toThrow('config.json is not JSON');
  expect(() => parseJson(object<{ a: string }>({ a: text() }), '1', 'config.json')).toThrow(
    'the configuration must be an object, got 1',
  );
});
