import { texts, useSpeech } from '../i18n';

interface UsableProps {
  of: readonly { terminal: string; usable: boolean; version: string | null; since: string | null }[];
  /** What people call the terminals, by key. */
  names: ReadonlyMap<string, string>;
}

/** Since which version a property can be used on each terminal, as far as it was seen there. */
export function Usable({ of: terminals, names }: UsableProps) {
  const { t, moment } = useSpeech();
  return terminals.map(({ terminal: key, usable, version, since }) => {
    const terminal = names.get(key) ?? (key === '' ? t(texts.event.unrecognised) : key);
    return usable ? (
      <div key={key} title={since === null ? undefined : moment(since)}>
        {t(texts.event.usableFrom, { terminal, version: version ?? '' })}
      </div>
    ) : (
      <div key={key} className="soft">
        {t(texts.event.unusable, { terminal })}
      </div>
    );
  });
}
