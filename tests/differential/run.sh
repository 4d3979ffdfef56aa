#!/usr/bin/env bash
# Installs what the differential test needs, if it is not there, and runs it: run.sh FRESHET [flags of main.mjs].
# FRESHET_DIFFERENTIAL_QUERIES and FRESHET_DIFFERENTIAL_SEED (one, or several with commas) set how many queries and which.
set -euo pipefail
cd "$(dirname "$0")"

fail() { printf 'differential test: %s\n' "$*" >&2; exit 1; }

binary=${1:?"usage: run.sh FRESHET [flags]"}
shift
command -v node >/dev/null || fail "needs node, 18 or later: apt-get install nodejs npm"
if ! node -e "require.resolve('chdb')" 2>/dev/null; then
  command -v npm >/dev/null || fail "needs npm to install the package chdb: apt-get install npm"
  npm install --no-package-lock --no-audit --no-fund --silent ||
    fail "npm could not install the package chdb (550 MB), which answers as ClickHouse does; run npm install in $PWD to see why"
fi
exec node main.mjs --binary "$binary" --queries "${FRESHET_DIFFERENTIAL_QUERIES:-2000}" --seed "${FRESHET_DIFFERENTIAL_SEED:-1,2}" "$@"
