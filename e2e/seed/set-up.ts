import { Mailbox } from '../mailbox';
import { get, hasImage } from '../kubernetes';
import { IMAGES, MAILBOX, applySite, everySliceReady } from './site';

/** Starts the site, unless one that was kept is there, before the tests of any file. */
export default async function setUp(): Promise<void> {
  if (!process.env['KUBECONFIG'] || !IMAGES.every(hasImage)) return;
  const kept = await get('namespace', MAILBOX).catch(() => undefined);
  if (!kept) await Mailbox.start(MAILBOX);
  const start = performance.now();
  await applySite();
  await everySliceReady(480);
  process.stderr.write(`thirteen slices ready after ${Math.round((performance.now() - start) / 1000)} s\n`);
}
