import { createHmac, createPrivateKey, createPublicKey } from 'node:crypto';

/** What stands before the 32 bytes of an Ed25519 seed in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface NodeKey {
  /** What Garage keeps as `node_key`: the seed and the public key. */
  readonly file: Buffer;
  /** What Garage calls the node's id. */
  readonly id: string;
}

/**
 * The key by which a slice is known to the others. It follows from the Secret that the slices share and the slice's name,
 * so that a slice whose volume is lost comes back as itself, and the others fill it again, with nothing to be assigned.
 */
export function nodeKey(rpcSecret: string, slice: string): NodeKey {
  const seed = createHmac('sha256', Buffer.from(rpcSecret, 'hex')).update(`node key of ${slice}`).digest();
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  return { file: Buffer.concat([seed, publicKey]), id: publicKey.toString('hex') };
}
