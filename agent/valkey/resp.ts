/** An answer of a server (RESP 2). An error that it answers is thrown. */
export type Reply = string | number | null | readonly Reply[];

/** An error that the server answered: it has read the command, and not done it. */
export class Refusal extends Error {}

/** A command as it is sent. */
export function encoded(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

type Parsed = { readonly reply: Reply | Refusal; readonly end: number } | undefined;

/** Reads one answer from `at` on; undefined where it has not come as a whole. */
export function readReply(buffer: Buffer, at = 0): Parsed {
  const end = buffer.indexOf('\r\n', at);
  if (end < 0) return undefined;
  const text = buffer.toString('utf8', at + 1, end);
  const after = end + 2;
  switch (String.fromCharCode(buffer[at] ?? 0)) {
    case '+':
      return { reply: text, end: after };
    case '-':
      return { reply: new Refusal(text), end: after };
    case ':':
      return { reply: Number(text), end: after };
    case '$':
      return readText(buffer, after, Number(text));
    case '*':
      return readList(buffer, after, Number(text));
    default:
      throw new Error(`it does not speak RESP: ${buffer.toString('utf8', at, end).slice(0, 40)}`);
  }
}

function readText(buffer: Buffer, at: number, length: number): Parsed {
  if (length < 0) return { reply: null, end: at };
  const end = at + length;
  if (buffer.length < end + 2) return undefined;
  return { reply: buffer.toString('utf8', at, end), end: end + 2 };
}

function readList(buffer: Buffer, at: number, length: number): Parsed {
  if (length < 0) return { reply: null, end: at };
  const replies: Reply[] = [];
  let end = at;
  for (let index = 0; index < length; index++) {
    const next = readReply(buffer, end);
    if (!next) return undefined;
    if (next.reply instanceof Refusal) throw next.reply;
    replies.push(next.reply);
    end = next.end;
  }
  return { reply: replies, end };
}
