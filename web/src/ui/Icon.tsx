// The few pictures of the console: strokes on a grid of 24, in the colour of the text beside them.

const paths = {
  search: 'M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14Zm5.2 12.2L21 21',
  sun: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M4.9 4.9l1.8 1.8M17.3 17.3l1.8 1.8M4.9 19.1l1.8-1.8M17.3 6.7l1.8-1.8',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z',
  screen: 'M3 5h18v11H3ZM9 20h6M12 16v4',
  check: 'M5 12.5 10 17.5 19.5 7',
  cross: 'M6 6l12 12M18 6 6 18',
  question: 'M9 9a3 3 0 1 1 4.2 2.7c-.8.4-1.2 1-1.2 2v.3M12 17.5v.5',
  warning: 'M12 4 2.5 20h19ZM12 10v5M12 17.3v.4',
  next: 'M9 5l7 7-7 7',
  previous: 'M15 5l-7 7 7 7',
  out: 'M14 4h6v6M20 4 11 13M18 14v6H4V6h6',
  leave: 'M9 4H4v16h5M15 8l4 4-4 4M19 12H9',
  clock: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16ZM12 8v4.5l3 2',
  person: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM4.5 20c.8-4 3.8-6 7.5-6s6.7 2 7.5 6',
  flag: 'M6 21V4h11l-2.5 4L17 12H6',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 5l12 7-12 7Z',
  down: 'M5 9l7 7 7-7',
  list: 'M4 6h16M4 12h16M4 18h16',
  phone: 'M7 2.5h10v19H7ZM11 18.5h2',
  file: 'M6 3h8l4 4v14H6ZM14 3v4h4',
} as const;

/** What a picture can show. */
export type IconName = keyof typeof paths;

/** A picture beside words that say the same: it is hidden from whoever reads by ear. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
