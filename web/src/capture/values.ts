// Property values as text, the same wherever they are shown, searched and compared.

/** A value as one line: text as it is, anything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** The value at a name of an event's properties, where the name may be a path such as `items[0].price`; undefined for none. */
export function valueAt(properties: Readonly<Record<string, unknown>>, path: string): unknown {
  if (path in properties) return properties[path];
  let value: unknown = properties;
  for (const step of path.split(/[.[\]]/).filter((part) => part !== '')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** The outermost property of a path: `items` of `items[2].price`. A name that holds dots itself is found among the names. */
export function outermost(path: string, names: Iterable<string>): string {
  let best = '';
  for (const name of names) {
    const rest = path.slice(name.length);
    if (path.startsWith(name) && name.length > best.length && (rest === '' || rest[0] === '.' || rest[0] === '[')) best = name;
  }
  return best === '' ? (path.split(/[.[]/, 1)[0] ?? path) : best;
}

/** A piece of a text, and whether it is what was searched for. */
export interface Piece {
  text: string;
  found: boolean;
}

/** Cuts a text where it holds what is searched for; letter case does not matter. */
export function highlight(text: string, wanted: string): Piece[] {
  const needle = wanted.trim().toLowerCase();
  const hay = text.toLowerCase();
  // Letters whose lower case has another length would shift what is found.
  if (needle === '' || hay.length !== text.length) return [{ text, found: false }];
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, from)) {
    if (at > from) pieces.push({ text: text.slice(from, at), found: false });
    pieces.push({ text: text.slice(at, at + needle.length), found: true });
    from = at + needle.length;
  }
  if (from < text.length || pieces.length === 0) pieces.push({ text: text.slice(from), found: false });
  return pieces;
}
