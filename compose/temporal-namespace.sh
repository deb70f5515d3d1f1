#!/bin/sh
# Makes namespaces and search attributes where they are missing. Run again it changes nothing.
set -eu
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  temporal operator cluster health && break
  [ "$attempt" -lt 10 ] || { echo 'Temporal does not answer' >&2; exit 1; }
  sleep 3
done
for namespace in $NAMESPACES; do
  temporal operator namespace describe -n "$namespace" > /dev/null 2>&1 ||
    temporal operator namespace create -n "$namespace" --retention 90d
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    known=$(temporal operator search-attribute list -n "$namespace") && break # a new namespace takes seconds to be known
    [ "$attempt" -lt 10 ] || exit 1
    sleep 3
  done
  for name in MigrationPhase MigrationStatus MigrationStrategy SourceInstance TargetCluster; do
    echo "$known" | grep -qw "$name" ||
      temporal operator search-attribute create -n "$namespace" --name "$name" --type Keyword
  done
done
