import { getRouteApi, Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { NotFound } from '../app/states';
import { EvidenceDocument } from '../api/generated/capture';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Moment } from '../ui/Moment';
import { Page } from '../ui/Page';
import './stream.css';
import './capture.css';
import { jsonOf } from './copy';
import { Details } from './Details';
import { entryOf } from './entry';
import { VerdictBadge } from './words';

const route = getRouteApi('/apps/$app/evidence/$id');

/** A captured event that was kept: what came, and what was wrong with it. It stays when samples are long gone. */
export default function EvidencePage() {
  const { t } = useSpeech();
  const { app, id } = route.useParams();
  const answer = useQuery({ query: EvidenceDocument, variables: { id } });
  return (
    <Answer of={answer}>
      {({ node }) => {
        if (node === null || !('captured' in node)) return <NotFound />;
        const { session, captured } = node;
        const entry = { ...entryOf(captured), verdict: node.verdict, violations: node.violations, eventKey: node.eventKey };
        return (
          <Page
            title={t(texts.capture.evidence.title, { name: captured.name })}
            path={[
              <Link to="/">{t(texts.app.apps)}</Link>,
              <Link to="/apps/$app" params={{ app }}>
                {session.app.name}
              </Link>,
              <Link to="/apps/$app/capture/$code" params={{ app, code: session.code }}>
                {session.title}
              </Link>,
            ]}
            aside={
              <>
                <VerdictBadge verdict={node.verdict} />
                <Moment at={captured.receivedAt} exact />
              </>
            }
          >
            <div className="card details">
              <Details app={app} entry={entry} writeKey="" />
              <h2>{t(texts.capture.details.raw)}</h2>
              <pre tabIndex={0}>{jsonOf(captured.raw)}</pre>
            </div>
          </Page>
        );
      }}
    </Answer>
  );
}
