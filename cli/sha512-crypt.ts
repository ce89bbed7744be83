import { createHash } from 'node:crypto';

/** The least that crypt(3) takes: a random password needs no slow hash, and a balancer makes it anew for each request. */
const ROUNDS = 1000;
const DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The hash of a password as crypt(3) has it, `$6$`: https://www.akkadia.org/drepper/SHA-crypt.txt, whose letters are here. Node has none.
 *
 * @param salt 16 letters and digits at most.
 */
export function sha512Crypt(password: string, salt: string): string {
  const [word, grain] = [Buffer.from(password), Buffer.from(salt)];
  const b = sha512(word, grain, word);
  const bits: Buffer[] = [];
  for (let length = word.length; length > 0; length >>= 1) bits.push(length & 1 ? b : word);
  let a = sha512(word, grain, filled(b, word.length), ...bits);
  const p = filled(sha512(...Array<Buffer>(word.length).fill(word)), word.length);
  const s = filled(sha512(...Array<Buffer>(16 + a[0]!).fill(grain)), grain.length);
  for (let round = 0; round < ROUNDS; round++) {
    const odd = round % 2 === 1;
    a = sha512(odd ? p : a, ...(round % 3 ? [s] : []), ...(round % 7 ? [p] : []), odd ? a : p);
  }
  return `$6$rounds=${ROUNDS}$${salt}$${digitsOf(a)}`;
}

function sha512(...parts: Buffer[]): Buffer {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The block as often as it takes for so many bytes. */
function filled(block: Buffer, length: number): Buffer {
  return Buffer.alloc(length, block);
}

/** Three bytes are four digits, the last byte two. The bytes of a group are 21 apart, and the group that begins moves on. */
function digitsOf(bytes: Buffer): string {
  let text = '';
  for (let index = 0, place = 0; index < 21; index++, place = (place + 22) % 63) {
    const group = [bytes[place]!, bytes[(place + 21) % 63]!, bytes[(place + 42) % 63]!];
    text += digits((group[0]! << 16) | (group[1]! << 8) | group[2]!, 4);
  }
  return text + digits(bytes[63]!, 2);
}

function digits(value: number, count: number): string {
  return Array.from({ length: count }, (_, index) => DIGITS[(value >> (6 * index)) & 63]).join('');
}
