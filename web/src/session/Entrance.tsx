import { useState, type FormEvent } from 'react';
import { useMutation, useQuery } from 'urql';
import { root } from '../api/address';
import { explain, inWords } from '../api/fault';
import {
  AcceptInvitationDocument,
  SetUpDocument,
  SignInDocument,
  SingleSignOnDocument,
} from '../api/generated/session';
import { texts, useSpeech } from '../i18n';
import { Field } from '../ui/Field';
import mark from '../ui/waymark.svg';
import { forgetTokens, formOfAddress, refusedElsewhere, singleSignOnURL, type EntranceForm } from './entering';

/** The form for whoever is not signed in; onEntered is called when the session is open. */
export function Entrance({ onEntered }: { onEntered: () => void }) {
  const speech = useSpeech();
  const { t } = speech;
  const [form, setForm] = useState<EntranceForm>(() => formOfAddress(window.location.search));
  const { send, busy, complaint } = useEntering(form, onEntered);
  const signInInstead = () => {
    forgetTokens();
    setForm({ kind: 'signIn' });
  };

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void send(new FormData(event.currentTarget));
  };

  const first = form.kind !== 'signIn';
  const wording = wordings[form.kind];
  return (
    <main className="entrance">
      <form onSubmit={submit} aria-busy={busy}>
        <header>
          <img src={mark} alt="" width="44" height="44" />
          <div>
            <strong>Waymark</strong>
            <span>{t(texts.session.tagline)}</span>
          </div>
        </header>
        <h1>{t(wording.title)}</h1>
        {wording.hint === null ? null : <p className="hint">{t(wording.hint)}</p>}
        {first ? <Field name="name" label={t(texts.session.name)} type="text" autoComplete="name" required /> : null}
        {form.kind === 'invitation' ? null : (
          <Field name="email" label={t(texts.session.email)} type="email" autoComplete="username" autoFocus required />
        )}
        <Field
          name="password"
          label={t(texts.session.password)}
          type="password"
          autoComplete={first ? 'new-password' : 'current-password'}
          required
        />
        <Complaint lines={complaint} />
        <button type="submit" className="primary" disabled={busy}>
          {busy ? t(texts.state.busy) : t(wording.action)}
        </button>
        {form.kind === 'setUp' ? null : <SingleSignOn />}
        {first ? (
          <button type="button" className="plain" onClick={signInInstead}>
            {t(texts.session.signInInstead)}
          </button>
        ) : null}
      </form>
    </main>
  );
}

const wordings = {
  signIn: { title: texts.session.signInTitle, hint: null, action: texts.session.signIn },
  setUp: { title: texts.session.setUpTitle, hint: texts.session.setUpHint, action: texts.session.setUp },
  invitation: { title: texts.session.invitationTitle, hint: texts.session.invitationHint, action: texts.session.setUp },
};

/** Sends the form, and keeps what it was refused for. */
function useEntering(form: EntranceForm, onEntered: () => void) {
  const speech = useSpeech();
  const [, signIn] = useMutation(SignInDocument);
  const [, setUp] = useMutation(SetUpDocument);
  const [, accept] = useMutation(AcceptInvitationDocument);
  const [busy, setBusy] = useState(false);
  const [complaint, setComplaint] = useState<string[]>(() => {
    const reason = refusedElsewhere(window.location.search);
    return reason === '' ? [] : [inWords(reason, speech.t(texts.session.signInFailed), speech)];
  });

  const send = async (values: FormData) => {
    const text = (name: string) => String(values.get(name) ?? '');
    const email = text('email').trim();
    const password = text('password');
    const name = text('name').trim();
    setBusy(true);
    setComplaint([]);
    const { error } = await (form.kind === 'signIn'
      ? signIn({ input: { email, password } })
      : form.kind === 'setUp'
        ? setUp({ input: { token: form.token, email, name, password } })
        : accept({ input: { token: form.token, name, password } }));
    setBusy(false);
    if (error === undefined) {
      forgetTokens();
      onEntered();
      return;
    }
    const labels = {
      email: speech.t(texts.session.email),
      name: speech.t(texts.session.name),
      password: speech.t(texts.session.password),
    };
    setComplaint(explain(error, speech, labels));
  };
  return { send, busy, complaint };
}

function Complaint({ lines }: { lines: string[] }) {
  if (lines.length === 0) return null;
  return (
    <div className="complaint" role="alert">
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}

/** The way in beside passwords, where the server has one; passwords work without it. */
function SingleSignOn() {
  const { t } = useSpeech();
  const [{ data }] = useQuery({ query: SingleSignOnDocument });
  const way = data?.singleSignOn;
  if (way === null || way === undefined) return null;
  return (
    <a className="plain" href={singleSignOnURL(way.path, root, window.location.href)}>
      {t(texts.session.signInWith, { label: way.label })}
    </a>
  );
}
