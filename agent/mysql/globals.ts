import type { MySqlServer } from './server';

/** Global variables of a server and their values, in the order in which they are set. */
export type Globals = Readonly<Record<string, 'ON' | 'OFF' | number>>;

type Asked = Pick<MySqlServer, 'query'>;

/** The values of global variables; a variable is left out where the server does not say. */
export async function readGlobals(
  server: Asked,
  names: readonly string[],
): Promise<Readonly<Record<string, string | null | undefined>>> {
  const [row] = await server.query(`SELECT ${names.map((name) => `@@global.${name} AS ${name}`).join(', ')}`);
  return row ?? {};
}

/**
 * Sets whichever variables do not have the values that they should have, whatever was done before: an earlier statement may have
 * failed, mysqld may have been started again, and a statement that was given up may have been carried out late.
 */
export async function assertGlobals(
  server: Asked,
  wanted: Globals,
  /** Whether it is still wanted, before each change. */
  still: () => boolean = () => true,
): Promise<void> {
  const values = await readGlobals(server, Object.keys(wanted));
  for (const [name, value] of Object.entries(wanted)) {
    if (values[name] === shown(value)) continue;
    if (!still()) throw new Error(`${name} is not to be ${value} any more`);
    await server.query(`SET GLOBAL ${name} = ${value}`);
  }
}

/**
 * Whether a server refuses writes for certain. While `SET GLOBAL super_read_only = ON` still waits for commits, the variable
 * reads as 1 already; `read_only` becomes 1 with the end of that (MySQL 9.7.4).
 */
export async function refusesWrites(server: Asked): Promise<boolean> {
  const values = await readGlobals(server, ['super_read_only', 'read_only']);
  return values['super_read_only'] === '1' && values['read_only'] === '1';
}

function shown(value: 'ON' | 'OFF' | number): string {
  return typeof value === 'number' ? String(value) : value === 'ON' ? '1' : '0';
}
