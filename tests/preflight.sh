#!/usr/bin/env bash
# The programs that the suite drives and pip cannot bring: PostgreSQL's server, the compose tool, and Node with npm for
# the readers of BPMN.
# Root gets them installed; anybody else is told the package. Tests start their own server, as user postgres.
set -euo pipefail

missing=()
command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || missing+=(docker-compose)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
((${#missing[@]})) || exit 0

if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "The tests need these packages (Debian's names): ${missing[*]}" >&2
    exit 1
fi
echo "Installing what the tests drive: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
