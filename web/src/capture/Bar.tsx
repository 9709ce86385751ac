import { useSpeech } from '../i18n';

/** How much of something is done: a bar, and the words beside it. */
export function Progress({ label, covered, required }: { label: string; covered: number; required: number }) {
  const { share } = useSpeech();
  const part = required === 0 ? 1 : covered / required;
  return (
    <div className="progress">
      <progress value={covered} max={Math.max(1, required)} aria-label={label} />
      <span>
        {label} · {share(part)}
      </span>
    </div>
  );
}
