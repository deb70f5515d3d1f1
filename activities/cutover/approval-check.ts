import { isInWindow } from '../../model/window.ts';
import { failure } from '../failure.ts';
import type { GiverHeld } from './attempt.ts';

/** The approval is checked at use, on the giver's clock: expiry and window, before anything is closed. Throws `ApprovalVoid`. */
export async function checkApproval({ giver, handOver }: GiverHeld): Promise<void> {
  const { expiresAt, plan } = handOver;
  if (expiresAt === null) return;
  const [row] = await giver.query<{ now: string }>(
    'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now',
  );
  const nowMs = Number(row?.now);
  const now = new Date(nowMs).toISOString();
  if (nowMs >= Date.parse(expiresAt))
    throw failure('ApprovalVoid', `the approved report expired at ${expiresAt}; it is ${now}`);
  const { window } = plan.cutover;
  if (window !== null && !isInWindow(window, nowMs))
    throw failure(
      'ApprovalVoid',
      `it is ${now}, outside cutover.window: wanted ${window.days.join(', ')} ${window.from} to ${window.to} ${window.timezone}`,
    );
}
