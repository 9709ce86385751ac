// The frozen report of a sign-off, as the documentation describes it.
import type { Verdict } from './entry';
import { isRecord } from './entry';
import type { CoverageState } from './progress';

export interface Report {
  format: 1;
  totals: { required: number; covered: number; failed: number; open: number };
  cells: ReportCell[];
  unplanned: { name: string; count: number }[];
  marks: ReportMark[];
  sessions: ReportSession[];
  evidence: ReportEvidence[];
}

export interface ReportCell {
  event: string;
  name: string;
  label: string;
  terminal: string;
  shouldNotFire: boolean;
  state: CoverageState;
  validCount: number;
  invalidCount: number;
  repeatCount: number;
  mostInStep: number;
  build: string;
  markId?: string;
  evidenceId?: string;
  properties: {
    name: string;
    required: boolean;
    state: CoverageState;
    validCount: number;
    invalidCount: number;
    mustTest: { value: string; seen: boolean }[];
    markId?: string;
  }[];
}

export interface ReportMark {
  id: string;
  event: string;
  property?: string;
  terminal: string;
  kind: 'PASS' | 'FAIL' | 'WAIVED' | 'NONE';
  note: string;
  build: string;
  expiresAt?: string;
  by: { name: string };
  at: string;
}

export interface ReportSession {
  id: string;
  code: string;
  title: string;
  environment: string;
  startedAt: string;
  endedAt?: string;
  testers: { name: string }[];
  devices: {
    number: number;
    terminal: string;
    model: string;
    os: string;
    appVersion: string;
    appBuild: string;
    library: string;
    validCount: number;
    invalidCount: number;
    unplannedCount: number;
  }[];
}

export interface ReportEvidence {
  id: string;
  event: string;
  terminal: string;
  receivedAt: string;
  verdict: Verdict;
  violations: { code: string; severity: 'ERROR' | 'WARNING'; property?: string; expected: string }[];
}

/** The report, where it is of a form that this page knows; null for one of a later version, which the downloads still give. */
export function readReport(report: unknown): Report | null {
  return isRecord(report) && report['format'] === 1 ? (report as unknown as Report) : null;
}
