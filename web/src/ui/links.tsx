// Links to what the plan consists of, as people call it.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { texts, useSpeech } from '../i18n';
import { Icon } from './Icon';

/** What has a key and a name. */
interface Named {
  key: string;
  name: string;
}

/** A name with the key that programs know it by. */
export function NameAndKey({ of: { name, key } }: { of: Named }) {
  return (
    <>
      {name} <code className="soft">{key}</code>
    </>
  );
}

export function AppLink({ app }: { app: Named }) {
  return (
    <Link to="/apps/$app" params={{ app: app.key }}>
      {app.name}
    </Link>
  );
}

export function BatchLink({ app, number, children }: { app: string; number: string; children?: ReactNode }) {
  return (
    <Link to="/apps/$app/batches/$number" params={{ app, number }}>
      {children ?? <span className="unbroken">{number}</span>}
    </Link>
  );
}

export function EventLink({ app, event }: { app: string; event: Named }) {
  return (
    <Link to="/apps/$app/events/$key" params={{ app, key: event.key }}>
      <NameAndKey of={event} />
    </Link>
  );
}

/** A property as an app sees it; a global one may be seen from no app. */
export function PropertyLink({ app, property }: { app: string | null; property: Named }) {
  if (app === null) {
    return (
      <Link to="/properties/$key" params={{ key: property.key }}>
        <NameAndKey of={property} />
      </Link>
    );
  }
  return (
    <Link to="/apps/$app/properties/$key" params={{ app, key: property.key }}>
      <NameAndKey of={property} />
    </Link>
  );
}

/** A link that leads out of the console, into a window of its own. */
export function OutsideLink({ to, children }: { to: string; children: ReactNode }) {
  const { t } = useSpeech();
  return (
    <a href={to} target="_blank" rel="noopener noreferrer">
      {children}
      <Icon name="out" />
      <span className="unseen">{t(texts.plan.opensElsewhere)}</span>
    </a>
  );
}
