/** Reads a file of names and texts, as images.json is; undefined where it has something else. */
export function parseTexts(json: string): Record<string, string> | undefined {
  try {
    const found: unknown = JSON.parse(json);
    const isMap = typeof found === 'object' && found !== null && !Array.isArray(found);
    return isMap && Object.values(found).every((each) => typeof each === 'string')
      ? (found as Record<string, string>)
      : undefined;
  } catch {
    return undefined;
  }
}
