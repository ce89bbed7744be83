/** The variable of an agent of Valkey with the folder of the servers' certificate; unset, connections are not encrypted. */
export const CERTIFICATE_FOLDER = 'VALKEY_TLS';
/** The files there. */
export const CERTIFICATE_FILES = { certificate: 'tls.crt', key: 'tls.key', authority: 'ca.crt' } as const;
