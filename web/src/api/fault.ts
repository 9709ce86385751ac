// What a refused or failed operation says, in words for people.
import type { CombinedError } from '@urql/core';
import { texts, type Speech } from '../i18n';

/** What every error of Waymark carries. */
interface Extensions {
  code?: string;
  reason?: string;
  fields?: { path: string; reason: string; message: string }[];
}

function extensionsOf(error: CombinedError): Extensions[] {
  return error.graphQLErrors.map((fault) => fault.extensions as Extensions);
}

/** Whether an error says that nobody is signed in (any more). */
export function isSignedOut(error: CombinedError): boolean {
  return extensionsOf(error).some((extensions) => extensions.code === 'UNAUTHENTICATED');
}

/** The server's reason in words of the console, or else what stands in for it. */
export function inWords(reason: string | undefined, message: string, speech: Speech): string {
  const text = texts.reasons[reason ?? ''];
  return text === undefined ? message : speech.t(text);
}

/** What to tell the person: one line per refused field, or one for the whole; fields are called by their labels. */
export function explain(error: CombinedError, speech: Speech, labels: Record<string, string> = {}): string[] {
  if (error.networkError !== undefined) return [speech.t(texts.state.unreachable)];
  const first = error.graphQLErrors[0];
  if (first === undefined) return [speech.t(texts.state.unexpected)];
  const fields = extensionsOf(error).flatMap((extensions) => extensions.fields ?? []);
  if (fields.length === 0) return [inWords((first.extensions as Extensions).reason, first.message, speech)];
  return fields.map((field) => {
    const label = labels[field.path.split('.').at(-1) ?? ''] ?? field.path;
    return `${label}: ${inWords(field.reason, field.message, speech)}`;
  });
}
