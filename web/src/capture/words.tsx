// What the capture page says with colour, picture and words together.
import { texts, useSpeech } from '../i18n';
import { Badge, type Tone } from '../ui/Badge';
import type { IconName } from '../ui/Icon';
import type { Verdict } from './entry';
import type { CoverageState, Standing } from './progress';

const verdictLook: Record<Verdict, readonly [Tone, IconName]> = {
  VALID: ['good', 'check'],
  INVALID: ['bad', 'cross'],
  UNPLANNED: ['warn', 'question'],
};

/** A verdict. */
export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  const { t } = useSpeech();
  const [tone, icon] = verdictLook[verdict];
  return (
    <Badge tone={tone} icon={icon}>
      {t(texts.words.verdict[verdict])}
    </Badge>
  );
}

const standingLook: Record<Standing, readonly [Tone, IconName]> = {
  wrong: ['bad', 'cross'],
  awaited: ['plain', 'clock'],
  seen: ['good', 'check'],
  settled: ['busy', 'person'],
};

/** What is known of something under test. */
export function StateBadge({ state, standing }: { state: CoverageState; standing: Standing }) {
  const { t } = useSpeech();
  const [tone, icon] = standingLook[standing];
  return (
    <Badge tone={tone} icon={icon}>
      {t(texts.capture.state[state])}
    </Badge>
  );
}

/** How an event stands on all its terminals. */
export function StandingBadge({ standing, count }: { standing: Standing; count?: number }) {
  const { t, number } = useSpeech();
  const [tone, icon] = standingLook[standing];
  return (
    <Badge tone={tone} icon={icon}>
      {t(texts.capture.standing[standing])}
      {count === undefined ? null : ` ${number(count)}`}
    </Badge>
  );
}

/** A time of the day to the millisecond, as the columns show it: fast, as thousands are shown. */
export function clockText(at: number): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
