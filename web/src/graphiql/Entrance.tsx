import { useEffect, useId, useState, type FormEvent } from 'react';
import {
  acceptInvitation,
  fetchSingleSignOn,
  RequestError,
  setUp,
  signIn,
  singleSignOnURL,
  type SingleSignOn,
} from './server';
import { texts } from './texts';
import mark from './waymark.svg';

/** Which form: sign-in, or a sign-up with the token of a link: the first administrator's, or an invitation's. */
export type EntranceForm = { kind: 'signIn' } | { kind: 'setUp' | 'invitation'; token: string };

interface EntranceProps {
  form: EntranceForm;
  /** Called when the session is open. */
  onEntered: () => Promise<void>;
  /** Called by whoever holds a sign-up link that is used up. */
  onSignInInstead: () => void;
}

export function Entrance({ form, onEntered, onSignInInstead }: EntranceProps) {
  const [busy, setBusy] = useState(false);
  const [complaint, setComplaint] = useState<string[]>(refusedElsewhere);
  const [way, setWay] = useState<SingleSignOn | null>(null);

  useEffect(() => {
    // Passwords work without it.
    fetchSingleSignOn().then(setWay, () => setWay(null));
  }, []);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const text = (name: string) => String(values.get(name) ?? '');
    setBusy(true);
    setComplaint([]);
    try {
      const email = text('email').trim();
      const password = text('password');
      const name = text('name').trim();
      if (form.kind === 'signIn') await signIn({ email, password });
      else if (form.kind === 'setUp') await setUp({ token: form.token, email, name, password });
      else await acceptInvitation({ token: form.token, name, password });
      await onEntered();
    } catch (error) {
      setComplaint(explain(error));
      setBusy(false);
    }
  };

  const first = form.kind !== 'signIn';
  const wording = {
    signIn: { title: texts.signInTitle, hint: '', action: texts.signIn },
    setUp: { title: texts.setUpTitle, hint: texts.setUpHint, action: texts.setUp },
    invitation: { title: texts.invitationTitle, hint: texts.invitationHint, action: texts.setUp },
  }[form.kind];
  return (
    <main className="entrance">
      <form onSubmit={(event) => void submit(event)} aria-busy={busy}>
        <header>
          <img src={mark} alt="" width="44" height="44" />
          <div>
            <strong>Waymark</strong>
            <span>{texts.tagline}</span>
          </div>
        </header>
        <h1>{wording.title}</h1>
        {first ? <p className="hint">{wording.hint}</p> : null}
        {first ? <Field name="name" label={texts.name} type="text" autoComplete="name" /> : null}
        {form.kind === 'invitation' ? null : (
          <Field name="email" label={texts.email} type="email" autoComplete="username" autoFocus />
        )}
        <Field
          name="password"
          label={texts.password}
          type="password"
          autoComplete={first ? 'new-password' : 'current-password'}
        />
        {complaint.length === 0 ? null : (
          <ul className="complaint" role="alert">
            {complaint.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        )}
        <button type="submit" className="primary" disabled={busy}>
          {busy ? texts.busy : wording.action}
        </button>
        {way === null || form.kind === 'setUp' ? null : (
          <a className="plain" href={singleSignOnURL(way)}>
            {texts.signInWith} {way.label}
          </a>
        )}
        {first ? (
          <button type="button" className="plain" onClick={onSignInInstead}>
            {texts.signInInstead}
          </button>
        ) : null}
      </form>
    </main>
  );
}

interface FieldProps {
  name: string;
  label: string;
  type: 'text' | 'email' | 'password';
  autoComplete: string;
  autoFocus?: boolean;
}

function Field({ name, label, type, autoComplete, autoFocus = false }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} name={name} type={type} autoComplete={autoComplete} autoFocus={autoFocus} required />
    </div>
  );
}

/** What the single sign-on was refused for, as the address says after it came back. */
function refusedElsewhere(): string[] {
  const reason = new URLSearchParams(window.location.search).get('sign_in_error') ?? '';
  return reason === '' ? [] : [inWords(reason, texts.signInFailed)];
}

/** What to tell the person, one line per refused field. */
function explain(error: unknown): string[] {
  if (!(error instanceof RequestError)) return [texts.unexpected];
  const fields = error.faults.flatMap((fault) => fault.extensions?.fields ?? []);
  if (fields.length > 0) return fields.map((field) => `${fieldLabel(field.path)}: ${inWords(field.reason, field.message)}`);
  return [inWords(error.reason, error.message)];
}

function inWords(reason: string | undefined, message: string): string {
  return texts.reasons[reason ?? ''] ?? message;
}

/** The label of the input that a path of the mutation's input names, else the path itself. */
function fieldLabel(path: string): string {
  const labels: Record<string, string> = { email: texts.email, name: texts.name, password: texts.password };
  return labels[path.split('.').at(-1) ?? ''] ?? path;
}
