/** Does one thing after the other. One that fails is no reason to leave the others out; the first error is thrown in the end. */
export async function inTurn(duties: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const duty of duties) await duty().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}
