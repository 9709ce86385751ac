// An event in forms that can be taken elsewhere.
import type { Entry } from './entry';

/** A raw record as JSON, indented. */
export function jsonOf(raw: unknown): string {
  return JSON.stringify(raw, null, 2) ?? '';
}

/** A text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A command that reports the same event again to `/v1/events`. It has no id and no time of its own, so that it is a new event and
 * no repeat.
 */
export function curlOf(entry: Entry, endpoint: string, writeKey: string): string {
  const filled = (members: Record<string, string>) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== ''));
  const nested = {
    app: filled({ version: entry.appVersion, build: entry.appBuild }),
    os: filled({ name: entry.os, version: entry.osVersion }),
    device: filled({ model: entry.deviceModel }),
    library: filled({ name: entry.library, version: entry.libraryVersion }),
  };
  const body = {
    type: entry.type.toLowerCase(),
    ...filled({ event: entry.name, userId: entry.userId, anonymousId: entry.anonymousId, deviceId: entry.deviceId }),
    properties: entry.properties,
    ...Object.fromEntries(Object.entries(nested).filter(([, members]) => Object.keys(members).length > 0)),
  };
  return `curl -H ${quoted(`Authorization: Bearer ${writeKey}`)} ${quoted(endpoint)} -d ${quoted(JSON.stringify(body))}`;
}
