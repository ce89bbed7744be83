/**
 * RAM of master, qmgr, cleanup, tlsmgr and the other programs that run once, in MiB (docs/mail-intake.md). With nobody connected 9 were
 * measured, so the program that tells how much mail waits has room while it is asked.
 */
const BASE = 40;
/** RAM of an smtpd with a client in a TLS session, and its part of cleanup and rewrite, in MiB. */
const CLIENT = 4;
/** Clients that there is always room for, beside a hand-over. */
const LEAST_CLIENTS = 4;

/** Below this, Postfix with one hand-over of a large message leaves nothing for senders. */
export const LEAST_MEBIBYTES = 128;

/** RAM of a hand-over. */
export interface HandOverRam {
  /** In MiB, with an empty message: the handler, and the programs that give it the message. */
  readonly mebibytes: number;
  /** How many times the message is in memory. */
  readonly copies: number;
  /** Bytes of messages that may be handed over at a time, where others limit that. */
  readonly bytesAtOnce?: number | undefined;
}

/** `pipe` and `hand-over`, which give the message to a handler: measured 12 MiB together. */
export const GIVING = 12;

/**
 * `mail-to-queue`: 19 MiB with an empty message, 79 with 10 MiB of newlines, and 115 with 16. It holds the message as it was read and as
 * the argument of the job. Twice as large, it is in the statement, where each byte may be escaped, and in the packet that is sent.
 */
export const TO_QUEUE: HandOverRam = { mebibytes: 20 + GIVING, copies: 6 };

/** The largest message, in whole MiB, that one hand-over at a time has the RAM for. */
export function messageLimit(ram: number, { mebibytes, copies }: HandOverRam): number {
  const left = ram - BASE - LEAST_CLIENTS * CLIENT - mebibytes;
  if (left < 0) return 0;
  return copies === 0 ? Number.POSITIVE_INFINITY : Math.floor(left / copies);
}

/** RAM for one hand-over at a time, in MiB: the rest beside Postfix and the clients that there is always room for. */
export function handOverRoom(ram: number): number {
  return ram - BASE - LEAST_CLIENTS * CLIENT;
}

/** Messages that are handed over at a time: half of the RAM that Postfix leaves, each with the largest message. */
export function handoverLimit(ram: number, largestMessage: number, handOver: HandOverRam): number {
  const inRam = Math.floor((ram - BASE) / 2 / ramOf(largestMessage, handOver));
  const atOnce = Math.floor((handOver.bytesAtOnce ?? Number.POSITIVE_INFINITY) / largestMessage);
  return Math.max(1, Math.min(inRam, atOnce));
}

/**
 * Postfix's `default_process_limit`, and so the number of senders at a time: the hand-overs leave the RAM for it. Its own default is 100;
 * more than 1,000 are not of use to a site of this size.
 */
export function clientLimit(ram: number, largestMessage: number, handOver: HandOverRam): number {
  const left = ram - BASE - handoverLimit(ram, largestMessage, handOver) * ramOf(largestMessage, handOver);
  return Math.min(1000, Math.max(LEAST_CLIENTS, Math.floor(left / CLIENT)));
}

/** In MiB. */
function ramOf(message: number, { mebibytes, copies }: HandOverRam): number {
  return mebibytes + (copies * message) / 1_048_576;
}
