#!/bin/sh
# Makes or updates Temporal's two databases. Run again it changes nothing.
set -eu
for database in temporal temporal_visibility; do
  schema=${database#temporal_}
  sql() { temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" -p "$SQL_PORT" -u "$SQL_USER" --db "$database" "$@"; }
  sql create
  sql setup-schema -v 0.0
  sql update-schema -d "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done
