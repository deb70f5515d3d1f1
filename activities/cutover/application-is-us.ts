import type { HandOver, Login } from '../contract.ts';

/** Whether the application logs in to a side as the role we work as there, which nobody can turn away. */
export const applicationIsUs = ({ plan }: Pick<HandOver, 'plan'>, { user }: Login): boolean =>
  plan.roles.some(({ name }) => name === user);
