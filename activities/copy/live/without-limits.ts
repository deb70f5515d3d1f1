/**
 * For sessions that wait or work for hours: takes off the limits a server may set on them, beside those every session of ours has
 * off. By way of pg_settings, for a server that is older than a limit does not know its name (transaction_timeout: 17).
 */
export const WITHOUT_LIMITS = `SELECT set_config(name, '0', false) FROM pg_catalog.pg_settings
  WHERE name IN ('idle_session_timeout', 'transaction_timeout')`;
