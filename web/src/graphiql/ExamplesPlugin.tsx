import { useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from '@graphiql/react';
import { examples, type Example } from './examples';
import { texts } from './texts';

/** GraphiQL's side pane with the saved example operations. */
export const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: texts.examples, icon: Icon, content: Content };

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M5 4h11l3 3v13H5z M8 10h8 M8 13.5h8 M8 17h5" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

function Content() {
  const { addTab } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);

  const open = ({ query, variables }: Example) => {
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
  };

  return (
    <section className="examples" aria-label={texts.examples}>
      <div className="graphiql-doc-explorer-title">{texts.examples}</div>
      <p>{texts.examplesHint}</p>
      <ul>
        {examples.map((example) => (
          <li key={example.title}>
            <button type="button" onClick={() => open(example)}>
              <strong>{example.title}</strong>
              <span>{example.hint}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
