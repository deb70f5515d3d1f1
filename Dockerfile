# syntax=docker/dockerfile:1
# glibc: Temporal's native core has no build for musl, and PostgreSQL sorts text by the C library.
FROM node:22-bookworm-slim AS base
# pg_dump must not be older than the source; take its major version.
ARG POSTGRES_MAJOR=15
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates postgresql-common \
 && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
 && apt-get install -y --no-install-recommends "postgresql-client-${POSTGRES_MAJOR}" \
 && rm -rf /var/lib/apt/lists/*
ENV PG_BIN=/usr/lib/postgresql/${POSTGRES_MAJOR}/bin
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./

FROM base AS worker
ENV NODE_ENV=production
# Not --omit=optional: the bundlers' native parts are optional packages too. The servers are for the local cloud alone.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/postgres-1* && npm cache clean --force
COPY model ./model
COPY workflows ./workflows
COPY activities ./activities
COPY worker ./worker
COPY client ./client
# The volume takes over this owner when it is first used.
RUN install -d -o node -g node -m 0700 /var/lib/daybreak
USER node
ENTRYPOINT ["node", "--import", "tsx", "worker/main.ts"]

# With the local cloud: its PostgreSQL servers are optional packages.
FROM base AS demo
RUN npm ci --ignore-scripts && npm cache clean --force
COPY model ./model
COPY workflows ./workflows
COPY activities ./activities
COPY worker ./worker
COPY client ./client
COPY local ./local
RUN install -d -o node -g node .cache
USER node
ENTRYPOINT ["node", "--import", "tsx", "local/demo/main.ts"]
