/** Every workflow the worker registers, by its name on the wire. */
export { migrateWorkflow } from './migrate-workflow.ts';
