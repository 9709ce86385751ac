import { useQuery } from 'urql';
import { CaptureAppDocument } from '../api/generated/capture';

/** A write key of an environment that is good, for commands that report to it; empty where there is none. */
export function useWriteKey(app: string, environment: string): string {
  const [{ data }] = useQuery({ query: CaptureAppDocument, variables: { app }, requestPolicy: 'cache-first' });
  const keys = data?.app?.environments.find(({ key }) => key === environment)?.writeKeys ?? [];
  return keys.find(({ revokedAt }) => revokedAt === null)?.key ?? '';
}
