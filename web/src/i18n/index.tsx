// The console's language: the browser's, until the person chooses another, which the browser then remembers.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { formatAgo, formatMoment, formatNumber, formatShare, localeOf, say, type Fillings, type Language, type Text } from './say';

export { texts } from './texts';
export type { Language, Text } from './say';

/** What a component needs to speak. */
export interface Speech {
  language: Language;
  /** Changes the language everywhere, and remembers it. */
  choose: (language: Language) => void;
  /** A text of the catalogue in the language; a text with places needs what fills them. */
  t: <T extends Text>(text: T, ...fillings: Fillings<T>) => string;
  /** The one of two words that the API gives in both languages. */
  either: (zh: string, en: string) => string;
  number: (value: number) => string;
  share: (value: number) => string;
  moment: (at: string) => string;
  ago: (at: string) => string;
}

const remembered = 'waymark.language';

/** The language that holds now, for what stands outside of the page's tree. */
export function chosenLanguage(): Language {
  const stored = localStorage.getItem(remembered);
  if (stored === 'zh' || stored === 'en') return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** How one speaks in a language; choose is what changes it. */
export function speechOf(language: Language, choose: (language: Language) => void): Speech {
  return {
    language,
    choose,
    t: (text, ...fillings) => say(text, language, fillings[0]),
    either: (zh, en) => (language === 'zh' ? zh : en),
    number: (value) => formatNumber(value, language),
    share: (value) => formatShare(value, language),
    moment: (at) => formatMoment(at, language),
    ago: (at) => formatAgo(at, new Date(), language),
  };
}

const SpeechContext = createContext<Speech | null>(null);

/** Gives everything below it a language. */
export function Speaking({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(chosenLanguage);
  useEffect(() => {
    document.documentElement.lang = localeOf(language);
  }, [language]);
  const speech = useMemo(
    () =>
      speechOf(language, (next) => {
        localStorage.setItem(remembered, next);
        setLanguage(next);
      }),
    [language],
  );
  return <SpeechContext value={speech}>{children}</SpeechContext>;
}

/** The language and how to speak it. */
export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (speech === null) throw new Error('useSpeech needs <Speaking> around it');
  return speech;
}
