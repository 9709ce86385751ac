// What addresses of the console carry behind the question mark: plain texts, each under a name of its own, so that people can
// read and change them.

/** What an address carries. */
export type Carried = Record<string, string | undefined>;

/** Reads what an address carries; of a name that comes twice the last one holds. */
export function readSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

/** Writes it; what is empty is left out. */
export function writeSearch(carried: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(carried)) {
    if (typeof value === 'string' && value !== '') parameters.set(name, value);
  }
  const written = parameters.toString();
  return written === '' ? '' : `?${written}`;
}

/** Takes these names, and no others, from what an address carries. */
export function taking<Name extends string>(...names: Name[]) {
  return (search: Record<string, unknown>): { [K in Name]?: string | undefined } => {
    const taken: { [K in Name]?: string | undefined } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === 'string' && value !== '') taken[name] = value;
    }
    return taken;
  };
}

/** The one of these values that a text is; nothing where it is none of them. */
export function oneOf<Value extends string>(values: Record<Value, unknown>, text: string | undefined): Value | undefined {
  return text !== undefined && Object.hasOwn(values, text) ? (text as Value) : undefined;
}
