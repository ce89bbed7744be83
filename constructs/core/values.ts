import { posix } from 'node:path';
import type { IConstruct } from 'constructs';
import { problem } from './problems';
import { fitsYaml, isLine, isWellFormed } from './text';

/** Linux' limit for one argument or variable, in bytes, with the zero at its end: MAX_ARG_STRLEN. */
const LONGEST_WORD = 131_072;
/** Linux' limits for a path and for each part of it, in bytes: PATH_MAX with the zero at its end, and NAME_MAX. */
const LONGEST_PATH = 4095;
const LONGEST_PART = 255;

/** A variable's value, or an argument: any text that a process can have and that a manifest can carry. */
export function checkValue(construct: IConstruct, property: string, text: string): void {
  if (!isWellFormed(text)) {
    problem(construct, property, text, 'it has half of a character of UTF-16; write the whole one');
  } else if (text.includes('\0')) {
    problem(construct, property, text, 'no process can be given a NUL; leave it out, or put it into a file');
  } else if (!fitsYaml(text)) {
    const why =
      'kubectl would not read it as it is: it has control characters, or begins with a tab and has several lines';
    problem(construct, property, text, `${why}; put it into a file`);
  } else if (Buffer.byteLength(text) + property.length >= LONGEST_WORD) {
    problem(construct, property, text, 'Linux takes 128 KiB of an argument or a variable; put it into a file');
  }
}

/** A name of a database, an account, …: a line that is not blank, and has no space at an end. */
export function checkText(construct: IConstruct, property: string, text: string): void {
  checkValue(construct, property, text);
  if (text === '' || text.trim() !== text) problem(construct, property, text, 'write a name without a space at an end');
  else if (!text.includes('\0') && !isLine(text) && isWellFormed(text))
    problem(construct, property, text, 'write one line without control characters');
}

/** A program and its arguments, each as it reaches the program. */
export function checkCommand(construct: IConstruct, property: string, command: string[]): void {
  if (!command[0]) problem(construct, property, command, 'write the program that it runs');
  for (const word of command) checkValue(construct, property, word);
}

/** Whether it is the whole path of a file or folder, which nothing reads in another way. */
export function isWholePath(path: string): boolean {
  const parts = path.split('/');
  const fits =
    Buffer.byteLength(path) <= LONGEST_PATH && parts.every((part) => Buffer.byteLength(part) <= LONGEST_PART);
  return path.startsWith('/') && isLine(path) && fits && posix.normalize(path) === path;
}

/** Folders that are the kernel's: no container starts with a mount in them, or another one there is of no use. */
const SYSTEM = /^\/(proc|sys|dev)(\/|$)/;

/** Whether something can be mounted there: Kubernetes takes no colon in such a path. */
export function isMountPath(path: string): boolean {
  return isWholePath(path) && path !== '/' && !path.includes(':') && !SYSTEM.test(path);
}

export function checkFolder(construct: IConstruct, property: string, folder: string): void {
  if (!isWholePath(folder)) problem(construct, property, folder, "write a folder's whole path, as '/var/www/html'");
}

/** Letters of RFC 3986 for a path and a query, and the escapes of all others. */
const URL_PATH = /^\/(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*$/;

/** The path of a URL that a probe asks for, with a query where it has one. */
export function checkUrlPath(construct: IConstruct, property: string, path: string, example: string): void {
  if (!path.startsWith('/')) problem(construct, property, path, `write a path, such as '${example}'`);
  else if (!URL_PATH.test(path))
    problem(construct, property, path, `write a path of a URL, such as '${example}', with other characters as '%20'`);
}

/** A DNS subdomain, as the names of most objects of Kubernetes. */
const OBJECT = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** The name of an object that is not the library's own. */
export function checkObjectName(construct: IConstruct, property: string, name: string): void {
  if (!OBJECT.test(name)) problem(construct, property, name, "write a name of lower-case letters, digits, '-' and '.'");
}

/** The largest number of a user that Kubernetes takes. */
const LAST_USER = 2_147_483_647;

/** The number of a user without the powers of root. */
export function checkUser(construct: IConstruct, property: string, user: number): void {
  if (!Number.isInteger(user) || user < 1 || user > LAST_USER)
    problem(construct, property, user, `write the number of a user that is not root, from 1 to ${LAST_USER}`);
}
