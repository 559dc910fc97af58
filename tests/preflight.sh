#!/usr/bin/env bash
# The programs that the suite drives and pip cannot bring: PostgreSQL's server, the compose tool, Chromium with a font
# for the pages, and Node with npm for the readers of BPMN, a sender of HL7, a client of FHIR, a verifier of webhooks
# and an identity provider.
# node-hl7-client says that it runs on Node 20.15 or newer, bpmnlint and saxen on 20.12; Debian 12 brings 18.
# Root gets them installed; anybody else is told the package. Tests start their own server, as user postgres.
set -euo pipefail

NODE=20.15
missing=()
command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || missing+=(docker-compose)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium fonts-liberation)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)

node_fits() {
    local found
    found=$(node --version)
    found=${found#v}
    [[ $(printf '%s\n' "$NODE" "$found" | sort -V | head -n 1) == "$NODE" ]] && return
    echo "What the tests drive (bpmnlint, node-hl7-client) needs Node $NODE or newer; $(command -v node) is $found." >&2
    echo "Debian 13's nodejs will do; for Debian 12 take one from nodejs.org and put it first in PATH." >&2
    return 1
}

if ((!${#missing[@]})); then
    node_fits
    exit
fi

if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "The tests need these packages (Debian's names): ${missing[*]}" >&2
    exit 1
fi
echo "Installing what the tests drive: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
node_fits
