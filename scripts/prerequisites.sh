#!/usr/bin/env bash
# Makes sure that the named programs are there: scripts/prerequisites.sh postgresql chromium
# On Debian and its relatives it installs what is missing; elsewhere it says what to install, and fails.
set -euo pipefail

# present NAME: whether it is installed.
present() {
  case $1 in
    postgresql) command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
      compgen -G '/usr/pgsql-*/bin/initdb' >/dev/null || compgen -G '/opt/homebrew/opt/postgresql@*/bin/initdb' >/dev/null ;;
    chromium) command -v "${CHROMIUM:-chromium}" >/dev/null || command -v chromium-browser >/dev/null ||
      command -v google-chrome >/dev/null || [[ -x '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' ]] ;;
    node) command -v node >/dev/null &&
      node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# advice NAME: where it comes from on a system that this script does not install on.
advice() {
  case $1 in
    postgresql) echo 'PostgreSQL 15 or newer, the server programs (macOS: brew install postgresql@17)' ;;
    chromium) echo 'Chromium or Chrome (macOS: brew install --cask chromium), or its path in CHROMIUM' ;;
    node | npm) echo 'Node.js 20.19 or newer with npm, from https://nodejs.org' ;;
    go) echo 'Go 1.26 or newer, from https://go.dev/dl' ;;
    *) echo "$1, from your system's packages" ;;
  esac
}

# Plain words instead of arrays: the bash of macOS cannot expand an empty array under `set -u`.
missing=''
for name in "$@"; do
  present "$name" || missing+=" $name"
done
[[ -n $missing ]] || exit 0

# Debian's Go and Node are too old, so those are never taken from it.
from_debian=''
unmet=''
for name in $missing; do
  case $name in
    go | node | npm) unmet+=" $name" ;;
    *) from_debian+=" $name" ;;
  esac
done

as_root=''
[[ $(id -u) == 0 ]] || as_root=sudo
if [[ -n $from_debian ]]; then
  if command -v apt-get >/dev/null && { [[ -z $as_root ]] || command -v $as_root >/dev/null; }; then
    echo "installing:$from_debian"
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $from_debian
  else
    unmet+=$from_debian
  fi
fi

[[ -n $unmet ]] || exit 0
echo 'Please install first:' >&2
for name in $unmet; do
  echo "  $(advice "$name")" >&2
done
exit 1
