import { get, type IncomingMessage } from 'node:http';

/**
 * What a page that prints the client's address says, asked with a forged one, and this client's own address.
 *
 * The connection says what its own address is: a machine may have several, and its route may change after it is made.
 */
export async function clientAddress(url: string): Promise<{ said: string; own: string | undefined }> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    get(url, { agent: false, headers: { 'X-Forwarded-For': '192.0.2.1' } }, resolve).on('error', reject),
  );
  const own = answer.socket.localAddress;
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { said: Buffer.concat(chunks).toString().trim(), own };
}
