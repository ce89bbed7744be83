import type { Role } from './role';

const FIGURE = 'tls_certificate_not_after_seconds';

/**
 * The expiry of the certificate that each slice of a balancer shows to clients of a host.
 *
 * @param further Whether it is not the role's first.
 */
export function watchCertificate(role: Role, port: number, serverName: string, further: boolean): void {
  role._metricsSources.push({ kind: 'certificate', port, serverName, further });
  if (!further) warnOfCertificate(role, FIGURE, READ_AGAIN, 'shows{{ with $labels.host }} for {{ . }}{{ end }}');
}

/** The same of a mail server that is asked for STARTTLS, and that reads the certificate anew by itself. */
export function watchMailCertificate(role: Role, port: number, serverName: string): void {
  role._metricsSources.push({ kind: 'mail-certificate', port, serverName });
  warnOfCertificate(role, FIGURE, 'renew its Secret; it is read again within 100 clients');
}

/**
 * Fourteen days. cert-manager renews when a third of the time is left (`renewBefore`): 30 days of Let's Encrypt's 90 and 15 of its 45. A
 * certificate with less was not renewed, or its slices were not started since.
 *
 * The last figure of five minutes counts: a server that limits how often a client connects may refuse one look of several.
 */
export function warnOfCertificate(role: Role, figure: string, remedy: string = STARTED_AGAIN, shows = 'shows'): void {
  role._alerts.push({
    name: 'CertificateEnds',
    expr: `last_over_time(${figure}{role="${role.name}"}[5m]) - time() < 14 * 86400`,
    for: '5m',
    severity: 'critical',
    summary: `the certificate that {{ $labels.slice }} ${shows} is good for {{ $value | humanizeDuration }} more: ${remedy}`,
  });
}

const READ_AGAIN = 'renew its Secret; a new one is read within three minutes';

const STARTED_AGAIN = 'renew its Secret, and then start the slices again, as it is read when they start';
