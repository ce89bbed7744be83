import { removeNamespaces } from '../kubernetes';
import { MAIL, MAILBOX, SITE } from './site';

export default async function tearDown(): Promise<void> {
  if (process.env['KUBECONFIG'] && !process.env['KEEP']) await removeNamespaces(SITE, MAIL, MAILBOX);
}
