/**
 * What may be said of a statement in a log or an Event. A statement may hold a password, and both a time-out and the server's
 * own message would quote it.
 */

const NAME = /^\s*([A-Z]+(?: (?:REPLICATION SOURCE|USER|GLOBAL|SESSION|REPLICAS?|INSTANCE)\b)?)/i;
const HAS_SECRET = /\bIDENTIFIED\b|PASSWORD\b/i;

/** The first words of a statement, without anything that a user or a Secret chose: `ALTER USER`, `SET GLOBAL`, `SELECT`. */
export function nameOf(statement: string): string {
  return NAME.exec(statement)?.[1]?.toUpperCase() ?? 'a statement';
}

/** The server's message, cut off before what it quotes of a statement that has a password in it. */
export function withoutSecrets(message: string, statement: string): string {
  return HAS_SECRET.test(statement) ? message.replace(/(['"`]|\bnear\b).*$/s, '…') : message;
}
