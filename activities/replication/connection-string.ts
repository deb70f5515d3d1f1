import type { Login } from '../contract.ts';

export interface SubscriberLogin extends Pick<Login, 'host' | 'port' | 'database'> {
  readonly role: string;
  readonly password: string;
}

/**
 * What a subscription connects with. A managed server has no documented file of roots to check a certificate by, so the publisher
 * proves itself by SCRAM instead, bound to its certificate (`channel_binding`): who does not know the password's verifier, or stands in
 * between, is refused. A dead connection is noticed within some 12 s instead of a minute.
 * Keywords: PostgreSQL manual, section 34.1.2.
 */
export const connectionString = ({ host, port, database, role, password }: SubscriberLogin): string =>
  Object.entries({
    host,
    port: String(port),
    dbname: database,
    user: role,
    password,
    sslmode: 'require',
    channel_binding: 'require',
    connect_timeout: '10',
    keepalives_idle: '5',
    keepalives_interval: '2',
    keepalives_count: '3',
    tcp_user_timeout: '12000',
  })
    .map(([keyword, value]) => `${keyword}='${value.replaceAll(/['\\]/g, '\\$&')}'`)
    .join(' ');
