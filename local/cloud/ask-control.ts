import { z } from 'zod';

const refusal = z.object({ error: z.string() });

/** Asks a running cloud over its control port. @throws Error with its reason when it refuses. */
export async function askControl(
  control: string,
  request: 'POST /fault' | 'GET /journal' | 'GET /status' | 'POST /stop',
  body?: unknown,
): Promise<unknown> {
  const [method = '', path = ''] = request.split(' ');
  const response = await fetch(`${control}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(refusal.parse(answer).error);
  return answer;
}
