import type { Role } from '../core/role';
import type { Program } from '../core/program';
import { problem } from '../core/problems';
import { checkFolder, isMountPath, isWholePath } from '../core/values';

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
  writable.forEach((folder) => {
    checkFolder(web, 'writable', folder);
    if (isWholePath(folder) && !isMountPath(folder))
      problem(web, 'writable', folder, "name a folder of the code's own, such as '/var/www/html'");
    if (taken.includes(folder)) problem(web, 'writable', folder, 'it is there already; leave it out');
  });
}
