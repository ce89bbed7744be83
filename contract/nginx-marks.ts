/**
 * The bounds in seconds at which nginx marks an answer of the web tier as slow, and the pattern by which it knows one. nginx writes times as
 * `0.123`, and several of them where it asked several web slices; `-` is a slice that did not answer.
 */
export const SLOW: readonly { readonly over: string; readonly pattern: string }[] = [
  { over: '0.1', pattern: '\\b([1-9]\\d*\\.|0\\.[1-9])' },
  { over: '0.25', pattern: '\\b([1-9]\\d*\\.|0\\.(2[5-9]|[3-9]))' },
  { over: '0.5', pattern: '\\b([1-9]\\d*\\.|0\\.[5-9])' },
  { over: '1', pattern: '\\b[1-9]\\d*\\.' },
  { over: '2.5', pattern: '\\b([1-9]\\d+\\.|[3-9]\\.|2\\.[5-9])' },
  { over: '5', pattern: '\\b([1-9]\\d+\\.|[5-9]\\.)' },
  { over: '10', pattern: '\\b[1-9]\\d+\\.' },
];

/** The file of the marks of answers that were slower. */
export function slowMarks(bound: string): string {
  return `slow-${bound}`;
}
