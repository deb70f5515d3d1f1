import type * as sdk from '@aws-sdk/client-rds';

type Sdk = typeof sdk;
type Command<O extends string> = `${O}Command` extends keyof Sdk
  ? Sdk[`${O}Command`] extends abstract new (...parameters: never[]) => infer C
    ? C
    : never
  : never;

/** Names of the operations, from the SDK's command classes. */
export type Op = {
  [K in keyof Sdk]: K extends `${infer O}Command` ? ([Command<O>] extends [{ input: object }] ? O : never) : never;
}[keyof Sdk];
export type In<O extends Op> = Command<O> extends { input: infer I } ? I : never;
export type Out<O extends Op> =
  Command<O> extends {
    resolveMiddleware: (...a: never[]) => (...b: never[]) => Promise<{ output: infer R }>;
  }
    ? Omit<R, '$metadata'>
    : never;

/** The deed of an operation, run only when all of its input has been read and accepted. */
export type Deed<O extends Op> = () => Out<O> | Promise<Out<O>>;

/**
 * Reads and judges the input, throwing ApiError to refuse, and returns the deed. In two steps because a parameter that
 * no handler read must be refused *before* anything happened: ignoring it silently would be a lie.
 */
export type Handler<O extends Op> = (input: In<O>) => Deed<O>;
export type Handlers = { readonly [O in Op]?: Handler<O> };
