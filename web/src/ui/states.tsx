// States of the plan as badges: the colour says how far, the word says it too.
import type { BatchState, DeliveryState, Verdict } from '../api/generated/schema';
import { texts, useSpeech } from '../i18n';
import { Badge, type Tone } from './Badge';
import type { IconName } from './Icon';

const tones: Record<BatchState | DeliveryState, Tone> = {
  DRAFT: 'plain',
  IN_REVIEW: 'busy',
  CHANGES_REQUESTED: 'warn',
  APPROVED: 'busy',
  CANCELLED: 'plain',
  IN_DEVELOPMENT: 'busy',
  IN_TESTING: 'warn',
  ACCEPTED: 'good',
  ONLINE: 'good',
  MOVED: 'plain',
  DROPPED: 'plain',
};

/** How far a batch, or an item on a terminal, has come. */
export function StateBadge({ state }: { state: BatchState | DeliveryState }) {
  const { t } = useSpeech();
  return <Badge tone={tones[state]}>{t(stateText(state))}</Badge>;
}

/** The word for a state of either kind. */
export function stateText(state: BatchState | DeliveryState) {
  const all = { ...texts.words.deliveryState, ...texts.words.batchState };
  return all[state];
}

const verdicts: Record<Verdict, readonly [Tone, IconName]> = {
  VALID: ['good', 'check'],
  INVALID: ['bad', 'cross'],
  UNPLANNED: ['warn', 'question'],
};

/** What the plan says of a captured event: in colour, picture and word. */
export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  const { t } = useSpeech();
  const [tone, icon] = verdicts[verdict];
  return (
    <Badge tone={tone} icon={icon}>
      {t(texts.words.verdict[verdict])}
    </Badge>
  );
}
