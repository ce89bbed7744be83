/** A certificate in a Secret that exists: cert-manager makes such Secrets, and renews them. */
export interface BalancerCertificate {
  /** The Secret's whole name, in the site's namespace. Its keys are `tls.crt`, with the chain, and `tls.key`. */
  readonly secret: string;

  /** Host names that the certificate is for. `*.example.org` is for each name directly below `example.org`. */
  readonly hosts: string[];
}
