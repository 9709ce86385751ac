import type { AnyVariables, UseQueryExecute, UseQueryState } from 'urql';
import type { ReactNode } from 'react';
import { explain } from '../api/fault';
import { useSpeech } from '../i18n';
import { Failure, Loading } from './Notice';

interface AnswerProps<Data, Variables extends AnyVariables> {
  /** What useQuery returned. */
  of: readonly [state: UseQueryState<Data, Variables>, execute: UseQueryExecute];
  children: (data: Data) => ReactNode;
}

/**
 * Shows what a query answered; until then that it is on its way, and where it failed why. While another page of the same list is
 * on its way the one before stays.
 */
export function Answer<Data, Variables extends AnyVariables>({ of, children }: AnswerProps<Data, Variables>) {
  const speech = useSpeech();
  const [state, execute] = of;
  if (state.data !== undefined && state.data !== null) return children(state.data);
  if (state.error === undefined) return <Loading />;
  return (
    <Failure lines={explain(state.error, speech)} onRetry={() => execute({ requestPolicy: 'network-only' })} />
  );
}
