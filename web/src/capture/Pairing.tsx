import { useState } from 'react';
import { useQuery } from 'urql';
import { explain } from '../api/fault';
import { SessionAddressesDocument, SessionPictureDocument } from '../api/generated/capture';
import { texts, useSpeech } from '../i18n';
import { Field } from '../ui/Field';
import { Failure } from '../ui/Notice';
import { Copy } from './Details';
import type { Session } from './feed';

/** How a device comes in by picture: an unmodified app by the scheme of its SDK, or any page by a link. */
const ways = ['scheme', 'page', 'join'] as const;
type Way = (typeof ways)[number];

const remembered = (app: string, way: Way) => `waymark.capture.${way}.${app}`;

/** The QR picture, for the way that somebody chooses. */
export function Pairing({ session }: { session: Session }) {
  const { t } = useSpeech();
  const [way, setWay] = useState<Way>('scheme');
  const [typed, setTyped] = useState(() => typedBefore(session.app.key));
  const type = (text: string) => {
    localStorage.setItem(remembered(session.app.key, way), text);
    setTyped({ ...typed, [way]: text });
  };
  return (
    <div className="pairing">
      <fieldset>
        <legend>{t(texts.capture.pairing.title)}</legend>
        {ways.map((one) => (
          <label key={one}>
            <input type="radio" name="way" checked={way === one} onChange={() => setWay(one)} />
            {t(texts.capture.pairing.ways[one])}
          </label>
        ))}
      </fieldset>
      {way === 'join' ? null : (
        <Field
          label={t(texts.capture.pairing.needs[way])}
          value={typed[way]}
          placeholder={way === 'scheme' ? 'sa1234abcd' : 'https://m.example.com/'}
          onChange={(event) => type(event.target.value)}
          autoCapitalize="off"
          spellCheck={false}
          maxLength={500}
        />
      )}
      <p className="soft">{t(texts.capture.pairing.hints[way])}</p>
      <Address session={session} way={way} text={way === 'join' ? '' : typed[way].trim()} />
    </div>
  );
}

function typedBefore(app: string): Record<'scheme' | 'page', string> {
  return { scheme: localStorage.getItem(remembered(app, 'scheme')) ?? '', page: localStorage.getItem(remembered(app, 'page')) ?? '' };
}

/** The address for a way, as a picture and as text. */
function Address({ session, way, text }: { session: Session; way: Way; text: string }) {
  const speech = useSpeech();
  const ready = way === 'join' || text !== '';
  const [{ data, error }] = useQuery({
    query: SessionAddressesDocument,
    variables: { code: session.code, scheme: text, page: text, withScheme: way === 'scheme', withPage: way === 'page' },
    pause: !ready || way === 'join',
    requestPolicy: 'cache-first',
  });
  if (!ready) return null;
  if (way !== 'join' && error !== undefined) return <Failure lines={explain(error, speech)} />;
  const found = data?.captureSession;
  const address = way === 'join' ? session.joinUrl : way === 'scheme' ? found?.handShakeUrl : found?.pageUrl;
  return address === undefined ? null : <Picture code={session.code} address={address} />;
}

function Picture({ code, address }: { code: string; address: string }) {
  const { t } = useSpeech();
  const [{ data }] = useQuery({ query: SessionPictureDocument, variables: { code, text: address }, requestPolicy: 'cache-first' });
  const svg = data?.captureSession?.qr;
  return (
    <figure className="picture">
      {svg === undefined ? null : <img src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`} alt={t(texts.capture.pairing.picture)} />}
      <figcaption>
        <code>{address}</code>
        <Copy label={t(texts.capture.pairing.copy)} text={() => address} />
      </figcaption>
    </figure>
  );
}
