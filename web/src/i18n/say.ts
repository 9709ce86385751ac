// How a text of the catalogue becomes words: the language is chosen, its places are filled in.

/** The languages of the console. */
export type Language = 'zh' | 'en';

/**
 * One text in both languages. `{name}` is a place that is filled in; `{name|one|other}` becomes `one` where the number of
 * that name is 1, else `other`, which English needs and Chinese does not.
 */
export type Text = readonly [zh: string, en: string];

type Places<S extends string> = S extends `${string}{${infer Place}}${infer Rest}`
  ? (Place extends `${infer Name}|${string}` ? Name : Place) | Places<Rest>
  : never;

/** What has to be given to fill in a text's places: nothing for a text without any. */
export type Fillings<T extends Text> = [Places<T[0] | T[1]>] extends [never]
  ? []
  : [values: Record<Places<T[0] | T[1]>, string | number>];

const place = /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g;

/** The text in a language, with its places filled in; numbers are grouped as that language does. */
export function say(text: Text, language: Language, values: Record<string, string | number> = {}): string {
  const pattern = language === 'zh' ? text[0] : text[1];
  return pattern.replace(place, (_, name: string, one: string | undefined, other: string | undefined) => {
    const value = values[name] ?? '';
    if (one !== undefined) return (value === 1 ? one : other) ?? '';
    return typeof value === 'number' ? formatNumber(value, language) : value;
  });
}

/** The tag by which browsers know a language. */
export function localeOf(language: Language): string {
  return language === 'zh' ? 'zh-CN' : 'en';
}

/** A number, grouped as the language does. */
export function formatNumber(value: number, language: Language): string {
  return new Intl.NumberFormat(localeOf(language)).format(value);
}

/** A share of 0 to 1 as a percentage with at most one digit of fraction; what is not all is never shown as 100 %. */
export function formatShare(share: number, language: Language): string {
  const shown = share < 1 ? Math.min(share, 0.999) : 1;
  return new Intl.NumberFormat(localeOf(language), { style: 'percent', maximumFractionDigits: 1 }).format(shown);
}

/** A moment to the second, in the time zone of the browser. */
export function formatMoment(at: string, language: Language): string {
  return new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at));
}

const steps: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 365 * 86400],
  ['month', 30 * 86400],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
];

/** How long ago a moment was (or how far off it is), in the largest unit that it fills. */
export function formatAgo(at: string, now: Date, language: Language): string {
  const seconds = (new Date(at).getTime() - now.getTime()) / 1000;
  const words = new Intl.RelativeTimeFormat(localeOf(language), { numeric: 'auto' });
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) return words.format(Math.trunc(seconds / length), unit);
  }
  return words.format(Math.trunc(seconds), 'second');
}
