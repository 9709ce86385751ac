import { texts, useSpeech } from '../i18n';
import { Icon } from './Icon';
import { firstPlace, nextPlace, previousPlace, type PageInfo, type Place } from './paging';

interface PagerProps {
  page: PageInfo;
  /** Where the page stands, for lists that cannot be read backwards: there is a way to their first page then. */
  place?: Place;
  total?: number | undefined;
  onTurn: (to: Place) => void;
}

/**
 * The buttons below a list, where it has more than one page, and how many there are in all. One that leads nowhere keeps the
 * focus of whoever turned to the last page with it.
 */
export function Pager({ page, place, total, onTurn }: PagerProps) {
  const { t } = useSpeech();
  const back = previousPlace(page);
  const first = back === null && place?.after !== undefined;
  const previous = first ? firstPlace : back;
  const next = nextPlace(page);
  const turn = (to: Place | null) => () => {
    if (to !== null) onTurn(to);
  };
  if (total === 0) return null;
  return (
    <nav className="pager" aria-label={t(texts.list.pages)}>
      {total === undefined ? null : <span>{t(texts.list.total, { count: total })}</span>}
      {previous === null && next === null ? null : (
        <>
          <button type="button" aria-disabled={previous === null} onClick={turn(previous)}>
            <Icon name="previous" />
            {t(first ? texts.list.first : texts.list.previous)}
          </button>
          <button type="button" aria-disabled={next === null} onClick={turn(next)}>
            {t(texts.list.next)}
            <Icon name="next" />
          </button>
        </>
      )}
    </nav>
  );
}
