import { texts, useSpeech } from '../i18n';

/** The capture page of an app. */
export default function CapturePage() {
  const { t } = useSpeech();
  return <h2>{t(texts.capture.title)}</h2>;
}
