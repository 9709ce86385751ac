import { describe, expect, it } from 'vitest';
import type { Text } from './say';
import { texts } from './texts';

const sources: Record<string, string> = import.meta.glob(['../**/*.ts', '../**/*.tsx', '!../graphiql/**', '!../**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
});
const outsideOfCatalogue = Object.entries(sources).filter(([file]) => !file.startsWith('./texts/') && !file.includes('/generated/'));
const code = outsideOfCatalogue.map(([, source]) => source).join('\n');

type Branch = { readonly [name: string]: Branch | Text };

/** Every text of the catalogue under its path, e.g. `state.loading`. */
function* leaves(branch: Branch, path = ''): Generator<[path: string, text: Text]> {
  for (const [name, value] of Object.entries(branch)) {
    const here = path === '' ? name : `${path}.${name}`;
    if (Array.isArray(value)) yield [here, value as unknown as Text];
    else yield* leaves(value as Branch, here);
  }
}

const all = [...leaves(texts)];
const chinese = /\p{Script=Han}/u;

/** Names that are the same in both languages, and words about the other language. */
const names = new Set(['app.graphiql', 'app.otherLanguage']);

function placesOf(pattern: string): string[] {
  return [...new Set([...pattern.matchAll(/\{(\w+)/g)].map((match) => match[1] ?? ''))].sort();
}

/** Whether the code names a text, or reaches into what holds it by a name that is only known when it runs. */
function isUsed(path: string): boolean {
  const literal = new RegExp(`texts\\.${path.replaceAll('.', '\\.')}\\b`);
  const holder = path.split('.').slice(0, -1).join('\\.');
  return literal.test(code) || new RegExp(`texts\\.${holder}(?![\\w.])`).test(code);
}

describe('the catalogue', () => {
  it('has every text in both languages', () => {
    const untranslated = all.filter(([path, [zh, en]]) => {
      const same = names.has(path) || !/\p{L}/u.test(zh.replace(/\{[^}]*\}/g, ''));
      return zh.trim() === '' || en.trim() === '' || (!same && (!chinese.test(zh) || chinese.test(en)));
    });
    expect(untranslated.map(([path]) => path)).toEqual([]);
  });

  it('has the same places in both languages, but for plurals, which Chinese has none of', () => {
    for (const [path, [zh, en]] of all) expect([path, ...placesOf(zh)]).toEqual([path, ...placesOf(en)]);
  });

  it('has nothing that no page says', () => {
    expect(all.map(([path]) => path).filter((path) => !isUsed(path))).toEqual([]);
  });
});

describe('the pages', () => {
  it('say nothing that the catalogue does not have', () => {
    const found = outsideOfCatalogue.flatMap(([file, source]) => {
      const comments = /\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g;
      const words = source.replace(comments, '').match(
        /\p{Script=Han}[^'"`]*|>\s*(?!Waymark<)[A-Za-z][^<>{}=;()]*<\/|(?:title|placeholder|aria-label|label|caption|alt)="[^"]+"/gu,
      );
      return (words ?? []).map((word) => `${file}: ${word}`);
    });
    expect(found).toEqual([]);
  });
});
