// Light or dark: as the system is, until the person chooses, which the browser then remembers.
import { useState } from 'react';

/** What can be chosen. */
export type Theme = 'system' | 'light' | 'dark';

const remembered = 'waymark.theme';
const order: readonly Theme[] = ['system', 'light', 'dark'];

/** The theme behind one, going round. */
export function followingTheme(theme: Theme): Theme {
  return order[(order.indexOf(theme) + 1) % order.length] ?? 'system';
}

function chosenTheme(): Theme {
  const stored = localStorage.getItem(remembered);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

/** Makes the page look as chosen; the style sheet has both colours of everything, and this says which. */
export function applyTheme(theme: Theme = chosenTheme()): void {
  document.documentElement.style.colorScheme = theme === 'system' ? 'light dark' : theme;
}

/** The theme, and how to go on to the next one. */
export function useTheme(): [theme: Theme, follow: () => void] {
  const [theme, setTheme] = useState(chosenTheme);
  const follow = () => {
    const next = followingTheme(theme);
    localStorage.setItem(remembered, next);
    applyTheme(next);
    setTheme(next);
  };
  return [theme, follow];
}
