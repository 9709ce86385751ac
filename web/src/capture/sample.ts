// Entries for tests.
import type { Entry } from './entry';

/** An event that came at its `seq` in milliseconds. */
export function entry(seq: number, members: Partial<Entry> = {}): Entry {
  return {
    id: `cap_${seq}`,
    seq,
    name: 'order_paid',
    type: 'TRACK',
    format: 'segment',
    verdict: 'VALID',
    violations: [],
    eventKey: 'order_paid',
    terminal: 'ios',
    properties: {},
    messageId: `m${seq}`,
    receivedAt: seq,
    eventTime: null,
    userId: '',
    anonymousId: '',
    deviceId: '',
    appVersion: '',
    appBuild: '',
    os: '',
    osVersion: '',
    deviceModel: '',
    library: '',
    libraryVersion: '',
    pageUrl: '',
    notes: [],
    device: 1,
    step: 0,
    underTest: true,
    repeats: null,
    environmentVerdict: null,
    ...members,
  };
}
