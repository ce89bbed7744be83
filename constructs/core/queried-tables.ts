/**
 * The tables that the account for figures may read, in any database. Each file whose statements read some registers these as it is loaded.
 * So a database need not know the programs whose tables it has.
 */
const TABLES: string[] = [];

export function registerTables(tables: string[]): void {
  TABLES.push(...tables.filter((each) => !TABLES.includes(each)));
}

export function registeredTables(): string[] {
  return [...TABLES];
}
