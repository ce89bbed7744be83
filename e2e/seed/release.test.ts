import { onTheSite } from './on-the-site';
import { releasedUnderLoad } from './release';
import { applySite } from './site';

onTheSite('a release of new code to web and jobs', () => {
  test('under 100 requests a second none fails, and no job is lost', async () => {
    const release = `${Date.now()}`;
    await releasedUnderLoad(release, () => applySite({ release }));
  });
});
