import { z } from 'zod';
import type { Approval } from '../model/gate.ts';
import { duration } from '../model/plan-values.ts';
import type { ExtendSoak, HoldAnswer, Request, RollbackRequest } from './messages.ts';

/** What a well-formed request looks like. Strict, because a mistyped key of an approval or a rollback must not be read as absent. */

const name = z.string().min(1).max(200);
const text = z.string().max(2_000);

export const approval = z.strictObject({
  digest: z.string().min(1).max(200),
  approver: name,
  comment: text.exactOptional(),
}) satisfies z.ZodType<Approval>;

const actor = { actor: name, reason: text.exactOptional() };

export const plainRequest = z.strictObject(actor) satisfies z.ZodType<Request>;

export const holdAnswer = z.strictObject({
  ...actor,
  answer: z.enum(['retry', 'undo', 'skip', 'done']),
}) satisfies z.ZodType<HoldAnswer>;

export const rollbackRequest = z.strictObject({
  ...actor,
  acceptLoss: z.boolean().exactOptional(),
}) satisfies z.ZodType<RollbackRequest>;

/** Longer than anybody watches one; a slip of a unit must not keep the log of the target for years. */
const LONGEST_SOAK_MS = 31 * 24 * 60 * 60_000;

export const extendSoak = z.strictObject({
  ...actor,
  by: z.string().superRefine((written, context) => {
    const { data, error } = duration.safeParse(written);
    const fault = data === undefined ? (error?.issues[0]?.message ?? 'a duration') : 'at most 31d';
    if (data === undefined || data > LONGEST_SOAK_MS) context.addIssue({ code: 'custom', message: `wanted ${fault}` });
  }),
}) satisfies z.ZodType<ExtendSoak>;

/** Every fault at once, by its field. */
export const faultsIn = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${path.length === 0 ? 'the input' : path.join('.')}: ${message}`).join('; ');
