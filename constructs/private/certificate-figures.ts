import type { Role } from '../role';

/** Until when the certificate is good that each slice shows at a port. */
export function watchCertificate(role: Role, port: number, serverName: string): void {
  role._inquiries.push({ kind: 'certificate', port, serverName });
  warnOfCertificate(role, 'tls_certificate_not_after_seconds');
}

/**
 * Fourteen days: cert-manager renews when a third of the time is left (`renewBefore`), which is 30 days of Let's Encrypt's 90
 * and 15 of its 45, so one with less was not renewed, or its slices were not started since.
 */
export function warnOfCertificate(role: Role, figure: string): void {
  role._alerts.push({
    name: 'CertificateEnds',
    expr: `${figure}{role="${role.name}"} - time() < 14 * 86400`,
    for: '5m',
    severity: 'critical',
    summary:
      'the certificate that {{ $labels.slice }} shows is good for {{ $value | humanizeDuration }} more: renew its Secret, and then start the slices again, as it is read when they start',
  });
}
