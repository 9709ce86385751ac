import type { FormEvent, ReactNode } from 'react';
import { texts, useSpeech } from '../i18n';
import { Field } from './Field';

interface FiltersProps {
  /** The words that are looked for. */
  text: string | undefined;
  /** Whether anything narrows the list. */
  narrowed: boolean;
  onText: (text: string | undefined) => void;
  onClear: () => void;
  /** Further choices; they act at once. */
  children?: ReactNode;
}

/** What narrows a list: words, which act with Enter or the button, and choices. All of it stands in the address. */
export function Filters({ text, narrowed, onText, onClear, children }: FiltersProps) {
  const { t } = useSpeech();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const words = String(new FormData(event.currentTarget).get('text') ?? '').trim();
    onText(words === '' ? undefined : words);
  };
  return (
    <form className="filters" onSubmit={submit} aria-label={t(texts.list.filter)}>
      <Field key={text} label={t(texts.list.text)} name="text" type="search" defaultValue={text} maxLength={256} />
      {children}
      <button type="submit">{t(texts.list.filter)}</button>
      {narrowed ? (
        <button type="button" className="plain" onClick={onClear}>
          {t(texts.list.clear)}
        </button>
      ) : null}
    </form>
  );
}
