import type { Tag } from '@aws-sdk/client-rds';
import { ApiError } from '../protocol/errors.ts';

/** Tags as a resource keeps them. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html */
export function validTags(tags: readonly Tag[] | undefined): { Key: string; Value: string }[] {
  const kept = new Map<string, string>();
  for (const { Key = '', Value = '' } of tags ?? []) {
    if (
      Key.length < 1 ||
      Key.length > 128 ||
      Value.length > 256 ||
      /^(aws|rds):/i.test(Key) ||
      !legal(Key) ||
      !legal(Value)
    )
      throw new ApiError(
        'InvalidParameterValue',
        `Invalid tag ${JSON.stringify(Key)}: keys have 1 to 128 characters and do not begin with aws: or rds:, values have up to 256; both of letters, digits, spaces and _ . : / = + - @`,
      );
    if (kept.has(Key)) throw new ApiError('InvalidParameterValue', `Duplicate tag key ${JSON.stringify(Key)}`);
    kept.set(Key, Value);
  }
  return [...kept].map(([Key, Value]) => ({ Key, Value }));
}

function legal(text: string): boolean {
  return /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text);
}
