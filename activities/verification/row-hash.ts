/**
 * The hash of a row is remixed before it is summed, else swapping values between two rows would cancel out; the remix goes
 * through int8send, for hashint8extended folds to 32 bits first.
 */
export const summed = (expressions: string): string =>
  `coalesce(sum(hash_record_extended(row(int8send(hash_record_extended(row(${expressions}), 0))), 1)), 0)::text AS hash`;
