// A mutation behind a button or a form: it is under way, or it was refused and why.
import { useState } from 'react';
import { useMutation, type AnyVariables, type TypedDocumentNode } from 'urql';
import { explain } from '../api/fault';
import { useSpeech } from '../i18n';

/** What one needs to run a mutation. */
export interface Run<Data, Variables> {
  busy: boolean;
  /** Why it was refused, line by line. */
  refused: string[];
  /** Runs it; null where it was refused. */
  run: (variables: Variables) => Promise<Data | null>;
}

/** Runs a mutation, with refusals in words; fields are called by their labels. */
export function useRun<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  labels: Record<string, string> = {},
): Run<Data, Variables> {
  const speech = useSpeech();
  const [{ fetching }, execute] = useMutation(document);
  const [refused, setRefused] = useState<string[]>([]);
  const run = async (variables: Variables) => {
    const { data, error } = await execute(variables);
    setRefused(error === undefined ? [] : explain(error, speech, labels));
    return error === undefined ? (data ?? null) : null;
  };
  return { busy: fetching, refused, run };
}

/** Why something was refused. */
export function Refused({ of }: { of: { refused: string[] } }) {
  if (of.refused.length === 0) return null;
  return (
    <ul className="complaint" role="alert">
      {of.refused.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
