#!/usr/bin/env bash
# make.sh COMMIT: builds the program of a commit and makes a fixture of it, in the folder that is named after the commit.
# It takes a quarter of an hour: part of the data is to be old enough to have left the bus. Run it at that commit, or at one
# that still speaks its API. README.md says what goes in.
set -euo pipefail
cd "$(dirname "$0")/../../.."
commit=$(git rev-parse --short=7 "$1")
tree=$(mktemp -d)
trap 'git worktree remove --force "$tree"' EXIT
git worktree add -q --detach "$tree" "$commit"
test -d web/dist || make web
cp -r web/dist "$tree/web/"
(cd "$tree" && go build -trimpath -o bin/waymark ./cmd/waymark)
WAYMARK_UPGRADE_FIXTURE="$commit" WAYMARK_BINARY="$tree/bin/waymark" go test -tags fixture -timeout 30m -count=1 -run TestMakeUpgradeFixture ./e2e
ls -l "e2e/testdata/upgrade/$commit"
