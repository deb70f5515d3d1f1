/** The superuser of every server here; on RDS it is Amazon's own, and no client ever gets its password. */
export const ADMIN = 'rdsadmin';
