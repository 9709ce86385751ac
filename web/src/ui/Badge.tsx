import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon';

/** What a badge's colour says; the words beside it say it too. */
export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'busy';

/** A word or two on a coloured ground, with a picture where colour alone would tell. */
export function Badge({ tone = 'plain', icon, children }: { tone?: Tone; icon?: IconName; children: ReactNode }) {
  return (
    <span className={`badge ${tone}`}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </span>
  );
}
