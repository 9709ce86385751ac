#!/usr/bin/env bash
# Runs every fuzz test of the module, one after the other, for FUZZTIME each. A finding stops it; Go leaves the input
# under testdata/fuzz, from where every later `go test` runs it again.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOTOOLCHAIN=local

count=0
packages=$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...)
for package in $packages; do
  listed=$(go test -list '^Fuzz' "$package")
  for name in $(grep '^Fuzz' <<<"$listed" || true); do
    echo "== $package $name"
    go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-60s}" "$package"
    count=$((count + 1))
  done
done
echo "fuzz: $count targets, ${FUZZTIME:-60s} each, no finding"
