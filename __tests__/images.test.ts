import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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

/** A program of images/postfix that has `/run` and `/etc` in this folder. */
function within(root: string, name: string): string {
  const text = readFileSync(resolve(__dirname, '../images/postfix', name), 'utf8');
  writeFileSync(join(root, name), text.replaceAll(/(?<=[ "'>])\/(?=(run|etc)\/)/g, `${root}/`), { mode: 0o755 });
  return join(root, name);
}

/** What the container was given reaches the program by a file; Postfix, which starts it, tells here what it has itself. */
test('the program that mail is handed to has its environment whole, and Postfix has none of it', () => {
  const root = folders({
    'etc/slices/postfix/main.cf': '',
    'etc/slices/postfix/master.cf': '',
    'bin/chown': '#!/bin/sh\n',
    // A file in place of the pipe, so that the one who reads it comes to an end.
    'bin/mkfifo': '#!/bin/sh\n: > "$3"\n',
    'bin/postfix': '#!/usr/bin/perl\nprint join " ", sort keys %ENV;\n',
  });
  for (const name of ['chown', 'mkfifo', 'postfix']) chmodSync(join(root, 'bin', name), 0o755);
  const given = {
    DB_CA: '-----BEGIN CERTIFICATE-----\nMIIB+/AB\nABCDEF=\nAAAA==\n-----END CERTIFICATE-----\n',
    lower: '1',
    'api-key': 'a=b',
    EMPTY: '',
    PATH: `${join(root, 'bin')}:${process.env['PATH']}`,
  };
  const postfix = execFileSync(within(root, 'postfix-intake'), { env: given, encoding: 'utf8' });
  expect(postfix).toBe('HOSTNAME PATH');
  expect(statSync(join(root, 'run/handover/environment')).mode.toString(8)).toBe('100600');

  const program = [process.execPath, '-e', 'console.log(JSON.stringify(process.env))'];
  const message = ['4F2', 'a@client.example', 'post@example.org'];
  const env = { PATH: given.PATH };
  const told = execFileSync(within(root, 'hand-over'), [...message, ...program], { env, encoding: 'utf8' });
  const [QUEUE_ID, SENDER, RECIPIENT] = message;
  expect(JSON.parse(told)).toEqual({ ...given, QUEUE_ID, SENDER, RECIPIENT });
  expect(readFileSync(join(root, 'run/handover/output'), 'utf8')).toBe(`4F2: ${told}`);
});
