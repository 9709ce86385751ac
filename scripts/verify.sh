#!/usr/bin/env bash
# Fails when a generated file, go.mod or an npm lockfile is not what its sources say. It compares the checkout with
# itself, so it works before a commit too. That the migrations match ent/schema is a Go test.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOTOOLCHAIN=local

# checksums of every file that git knows or would add.
checksums() {
  git ls-files -z --cached --others --exclude-standard | sort -zu |
    while IFS= read -r -d '' file; do [[ -f $file ]] && printf '%s\0' "$file"; done | xargs -0 cksum
}

before=$(checksums)
go generate ./...
npm --prefix web run --silent generate
if ! changed=$(diff <(echo "$before") <(checksums)); then
  echo 'make generate changed these files; commit what it wrote:' >&2
  awk '/^[<>]/ { $1 = $2 = $3 = ""; print }' <<<"$changed" | sort -u >&2
  exit 1
fi

if ! difference=$(go mod tidy -diff); then
  echo "$difference" >&2
  echo 'go.mod or go.sum is not tidy; run: go mod tidy' >&2
  exit 1
fi

# An address in a lockfile would bind every user to one registry.
if grep -n '"resolved"' $(git ls-files '*package-lock.json') >&2; then
  echo 'a package-lock.json names a registry; its .npmrc needs omit-lockfile-registry-resolved=true' >&2
  exit 1
fi
echo 'verify: generated files, go.mod and lockfiles are what their sources say'
