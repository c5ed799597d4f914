#!/bin/sh
# Makes the folder that docker-compose.yml reads secrets and data files from. Existing files are left as they are.
# 生成部署目录:主密钥、接口密钥、通道账号、区划与名册;已有文件不改动。
# usage: deploy/docker/prepare.sh [FOLDER]   (default: $SANSE_HOME, else /etc/sanse; run as root)
set -eu

home=${1:-${SANSE_HOME:-/etc/sanse}}
examples=$(cd "$(dirname "$0")/../examples" && pwd)
# The user the services run as inside their containers.
owner=10001:10001

umask 077
mkdir -p "$home/secrets" "$home/data" "$home/tls"

if [ ! -s "$home/secrets/master_key" ]; then
  od -An -tx1 -N32 /dev/urandom | tr -d ' \n' > "$home/secrets/master_key"
  echo "$home/secrets/master_key: new. Keep a copy on paper or in a safe; without it sealed texts cannot be read."
  echo "已生成主密钥。请另行保管副本;丢失后已加密内容无法读取。"
fi
[ -e "$home/secrets/channels" ] || cat > "$home/secrets/channels" <<'TEXT'
# Accounts of the message gateways, one SANSE_NAME=value a line (see deploy/README.md). 消息通道账号,每行一项。
TEXT
if [ ! -e "$home/secrets/api_keys" ]; then
  key=$(od -An -tx1 -N24 /dev/urandom | tr -d ' \n')
  cat > "$home/secrets/api_keys" <<TEXT
# One entry a source; hashes only: printf %s "\$KEY" | sha256sum. 每个来源一项,只存散列值。
- source: first_source
  key_sha256: $(printf %s "$key" | sha256sum | cut -d' ' -f1)
  scopes: [assessment, incident, grievance, task_assigned, support_plan, support_visit, outcome, household_move]
  jurisdiction: "532327"
TEXT
  echo "API key of first_source, shown only now 接口密钥(仅显示一次): $key"
fi
for name in divisions.csv roster.csv; do
  [ -e "$home/data/$name" ] || cp "$examples/$name" "$home/data/$name"
done

chown -R "$owner" "$home/secrets" "$home/data" "$home/tls"
chmod 0755 "$home"
chmod 0500 "$home/secrets" "$home/data" "$home/tls"
find "$home/secrets" "$home/data" "$home/tls" -type f -exec chmod 0400 {} +
echo "$home: ready 就绪"
