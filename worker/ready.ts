/** What a worker sends its supervisor once it polls. */
export const READY = 'ready';
