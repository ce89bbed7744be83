import type { Construct } from 'constructs';
import { problem } from '../core/problems';
import { isLine } from '../core/text';

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;
/** A value that means itself without quotes: no space at an end, no comment, no escape. */
const PLAIN = /^[\w.,:;/+*%@-]+$/;

/** A group of one of MySQL's option files, in which each option has exactly this value. */
export function optionGroup(options: Record<string, string | number>): string[] {
  return Object.entries(options).map(([name, value]) => `${name} = ${quoted(String(value))}`);
}

/**
 * MySQL takes the quotes around a value off, and reads `\` as the start of an escape (MySQL's manual, "Using Option Files"). The test asks
 * the model of mysys/my_default.cc that was compared with MySQL 9.7 on the same values.
 */
function quoted(value: string): string {
  return PLAIN.test(value) ? value : `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

/** Records a user's options that a file cannot have, or that would be more than one. */
export function checkOptions(construct: Construct, settings: Record<string, string>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (!NAME.test(name))
      problem(construct, 'settings', name, "write a name as in MySQL's manual, such as 'wait_timeout'");
    else if (!isLine(value)) problem(construct, `settings.${name}`, value, 'write one line without control characters');
    else if (/^(['"]).*\1$/.test(value))
      problem(construct, `settings.${name}`, value, 'leave the quotes out: the library writes those that MySQL needs');
  }
}
