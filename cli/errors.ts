/** The server's own words, of an error of the client, of the network or of this program. */
export function explained(error: unknown): string {
  const { message, code, body, cause } = error as Error & { code?: number | string; body?: unknown; cause?: Error };
  if (typeof code === 'number') return ofServer(code, body) ?? message;
  const system = typeof code === 'string' ? code : (cause as { code?: string } | undefined)?.code;
  if (system !== undefined && system in NETWORK)
    return `the API server does not answer: ${NETWORK[system]} (${message.replace(/^request to (\S+?) failed, reason: /, '$1: ')})`;
  return message;
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at its address',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up',
  EHOSTUNREACH: 'its address cannot be reached',
  ETIMEDOUT: 'the connection took too long',
  CERT_HAS_EXPIRED: 'its certificate has ended',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by the authority in the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by the authority in the kubeconfig',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by the authority in the kubeconfig',
};

function ofServer(code: number, body: unknown): string | undefined {
  const said = typeof body === 'string' ? messageIn(body) : (body as { message?: string } | undefined)?.message;
  if (code === 401) return `the API server does not know you (401): log in again, or name another --context`;
  return said === undefined ? undefined : `the API server refuses (${code}): ${said}`;
}

function messageIn(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { message?: string }).message;
  } catch {
    return body.trim() || undefined;
  }
}

/** The HTTP status of an answer of the API server. */
export function codeOf(error: unknown): number | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
}
