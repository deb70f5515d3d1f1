import { isGrpcServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';

/** gRPC status codes (https://grpc.io/docs/guides/status-codes/) that mean: the server did not serve us. */
const CODES: Readonly<Record<number, string>> = {
  1: 'the request was broken off',
  2: 'the server is in trouble',
  4: 'no answer in time',
  7: 'permission denied: the key or certificate may not do this here',
  8: 'the server is overloaded',
  13: 'the server is in trouble',
  14: 'no connection',
  16: 'not authenticated: the key or certificate is missing or wrong',
};

/** What is wrong between us and the server, in words; null if the error is about something else. */
export function networkTrouble(error: unknown): string | null {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof NamespaceNotFoundError) return `the server has no namespace ${cause.namespace}`;
    if (isGrpcServiceError(cause)) return CODES[cause.code] ?? null;
    if (cause.message.includes('connect before the deadline')) return 'no connection';
  }
  return null;
}
