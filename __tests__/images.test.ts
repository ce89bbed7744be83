import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readImages } from '../images/image';
import { loaderFor } from '../images/tools';

function folders(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'images-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const BASE = '# example.org/base:1\nFROM debian\n';
const TOP = '# example.org/top:2\nFROM example.org/base:1\n';

function read(root: string): ReturnType<typeof readImages> {
  return readImages([join(root, 'top/Containerfile'), join(root, 'base/Containerfile')]);
}

test('an image that another is built on comes first', () => {
  const images = read(folders({ 'base/Containerfile': BASE, 'top/Containerfile': TOP }));
  expect(images.map(({ name }) => name)).toEqual(['base', 'top']);
  expect(images[1]!.bases).toEqual(['example.org/base:1']);
});

test('the content tag follows the content, the mode of a program, and the base', () => {
  const files = { 'base/Containerfile': BASE, 'base/program': 'a', 'top/Containerfile': TOP };
  const root = folders(files);
  const [base, top] = read(root);
  expect(base!.contentReference).toMatch(/^example\.org\/base:1-[0-9a-f]{12}$/);
  expect(read(folders(files)).map((image) => image.contentReference)).toEqual([
    base!.contentReference,
    top!.contentReference,
  ]);

  chmodSync(join(root, 'base/program'), 0o755);
  const [executable] = read(root);
  expect(executable!.contentReference).not.toBe(base!.contentReference);

  writeFileSync(join(root, 'base/program'), 'b');
  const [changed, above] = read(root);
  expect(changed!.contentReference).not.toBe(executable!.contentReference);
  expect(above!.contentReference).not.toBe(top!.contentReference);
});

test('a recipe that stands alone is hashed without its neighbours', () => {
  const root = folders({ 'a.Containerfile': BASE, other: '1' });
  const [before] = readImages([join(root, 'a.Containerfile')]);
  writeFileSync(join(root, 'other'), '2');
  const [after] = readImages([join(root, 'a.Containerfile')]);
  expect(after!.name).toBe('a');
  expect(after!.contentReference).toBe(before!.contentReference);
});

test('a recipe that names no image is refused with what to write', () => {
  const root = folders({ 'x/Containerfile': 'FROM debian\n' });
  expect(() => readImages([join(root, 'x/Containerfile')])).toThrow(
    "x/Containerfile: its first line is '# REPOSITORY:TAG', not 'FROM debian'",
  );
});

test('images that are built on each other are refused', () => {
  const root = folders({
    'a/Containerfile': '# example.org/a:1\nFROM example.org/b:1\n',
    'b/Containerfile': '# example.org/b:1\nFROM example.org/a:1\n',
  });
  expect(() => readImages([join(root, 'a/Containerfile'), join(root, 'b/Containerfile')])).toThrow(
    'example.org/a:1 is built on example.org/b:1 is built on example.org/a:1',
  );
});

test.each([
  ['kind-site', 'docker', 'kind load docker-image --name site'],
  ['kind-site', 'podman', 'KIND_EXPERIMENTAL_PROVIDER=podman kind load docker-image --name site'],
  ['k3d-a-b', 'docker', 'k3d image import --cluster a-b'],
  ['minikube', 'docker', 'minikube image load'],
])('images are loaded into the cluster of context %s, built by %s, by %s', (context, program, command) => {
  expect(loaderFor(context, program)).toBe(command);
});

test('a cluster of no known kind is refused with what to give', () => {
  expect(() => loaderFor('production', 'docker')).toThrow(
    "no way is known to load an image into the cluster of context 'production'; " +
      'name a command that takes image names by --load, or a registry by --push',
  );
});
