import { useMemo } from 'react';
import { useQuery } from 'urql';
import { CommonRulesDocument, EventRulesDocument } from '../api/generated/capture';
import { allRules, type Rule } from './lines';

/**
 * What the plan says of the properties of an event on a terminal, the common ones that it carries among them; none as long as
 * it is not read, and where no plan knows the event.
 */
export function useRules(app: string, eventKey: string | null, terminal: string | null): readonly Rule[] {
  const pause = eventKey === null;
  const [{ data: own }] = useQuery({ query: EventRulesDocument, variables: { app, key: eventKey ?? '' }, pause, requestPolicy: 'cache-first' });
  const [{ data: common }] = useQuery({ query: CommonRulesDocument, variables: { app }, pause, requestPolicy: 'cache-first' });
  return useMemo(() => {
    if (pause || own?.event == null) return [];
    const { properties, excludedCommonProperties } = own.event;
    const carried = (common?.app?.events.nodes ?? []).map((event) => ({
      terminals: event.terminals.map(({ key }) => key),
      uses: event.properties.nodes,
    }));
    return allRules(properties.nodes, carried, excludedCommonProperties, terminal);
  }, [pause, own, common, terminal]);
}
