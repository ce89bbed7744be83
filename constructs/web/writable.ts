import type { Role } from '../core/role';
import type { Program } from '../core/program';
import { problem } from '../core/problems';
import { checkFolder } from '../core/values';

/** Folders that the program finds empty, and may write. */
export function withFolders({ env, mounts, volumes }: Program, folders: string[]): Program {
  const writable = folders.map((mountPath, index) => ({ name: `writable-${index}`, mountPath }));
  return {
    env,
    mounts: [...writable, ...mounts],
    volumes: [...writable.map(({ name }) => ({ name, emptyDir: {} })), ...volumes],
  };
}

export function checkFolders(web: Role, writable: string[], taken: string[]): void {
  writable.forEach((folder, index) => {
    checkFolder(web, 'writable', folder);
    // Kubernetes takes no colon in a mount's path.
    if (folder === '/' || folder.includes(':'))
      problem(web, 'writable', folder, "name a folder of the code's own, such as '/var/www/html'");
    if ([...taken, ...writable.slice(0, index)].includes(folder))
      problem(web, 'writable', folder, 'it is there already; leave it out');
  });
}
