#!/bin/sh
# Puts secrets from files into the environment of the one process started here, where the settings look for them.
# They appear in no image, no compose file and no "docker inspect".
set -eu

if [ -n "${SANSE_MASTER_KEY_FILE:-}" ]; then
  SANSE_MASTER_KEY=$(cat "$SANSE_MASTER_KEY_FILE")
  export SANSE_MASTER_KEY
fi

# Lines NAME=value as they stand: nothing is expanded or run. Only SANSE_… names; # begins a comment line.
if [ -n "${SANSE_CHANNELS_FILE:-}" ]; then
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      '' | '#'*) ;;
      SANSE_*=*) export "${line%%=*}=${line#*=}" ;;
      *) echo "$SANSE_CHANNELS_FILE: expected SANSE_NAME=value 应为 SANSE_名称=值" >&2; exit 64 ;;
    esac
  done < "$SANSE_CHANNELS_FILE"
fi

exec "$@"
