# Everything a person or a machine does with this checkout. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The Go that is installed, never a download behind the user's back.
export GOTOOLCHAIN := local

GO ?= go
NPM ?= npm
FUZZTIME ?= 60s

BINARY := bin/waymark
LINTER := .cache/bin/golangci-lint
# The page that every build of the bundle writes stands for the whole bundle.
BUNDLE := web/dist/graphiql/index.html.gz
# Folders are listed too: their time changes when a file in them goes away.
BUNDLE_SOURCES := $(shell find web/src web/graphiql) web/index.html web/vite.config.ts web/tsconfig.json
# npm writes these files last.
WEB_MODULES := web/node_modules/.package-lock.json
E2E_MODULES := e2e/node_modules/.package-lock.json

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: $(BUNDLE) ## Build bin/waymark, with the web pages in it
	$(GO) build -trimpath -o $(BINARY) ./cmd/waymark

.PHONY: run
run: build ## Build, then run the demo: a shop whose simulated devices report
	$(BINARY) serve --demo $(ARGS)

.PHONY: test
test: build $(E2E_MODULES) ## Run every test: Go, web, and end to end on the real binary
	scripts/prerequisites.sh postgresql chromium
	cd web && $(NPM) test
	$(GO) test -timeout 15m $$($(GO) list ./... | grep -v /e2e)
	WAYMARK_BINARY='$(CURDIR)/$(BINARY)' $(GO) test -count=1 -timeout 15m ./e2e/...

.PHONY: race
race: ## Run the Go tests under the race detector
	scripts/prerequisites.sh postgresql gcc
	$(GO) test -race -timeout 30m $$($(GO) list ./... | grep -v /e2e)

.PHONY: verify
verify: $(WEB_MODULES) ## Fail when generated files, go.mod or the npm lockfiles differ from their sources
	scripts/verify.sh

.PHONY: lint
lint: $(LINTER) $(WEB_MODULES) ## Run golangci-lint in the pinned version, and TypeScript's checks
	$(LINTER) run
	cd web && $(NPM) run check

.PHONY: fmt
fmt: $(LINTER) ## Format the Go files
	$(LINTER) fmt

.PHONY: web
web: $(BUNDLE) ## Build the web pages into web/dist, when their sources changed

.PHONY: generate
generate: $(WEB_MODULES) ## Write the generated code again: ent, gqlgen, migrations, the console's operations
	$(GO) generate ./...
	cd web && $(NPM) run generate

.PHONY: migrate
migrate: build ## Apply the migrations to the database of DATABASE_URL, or to the SQLite files
	$(BINARY) migrate $(ARGS)

.PHONY: bench
bench: build ## Print each budget of the design beside its floor, measured in one run
	scripts/prerequisites.sh postgresql
	$(GO) run ./internal/bench $(ARGS)

.PHONY: fuzz
fuzz: ## Run every fuzz test for FUZZTIME (60s)
	FUZZTIME='$(FUZZTIME)' scripts/fuzz.sh

.PHONY: soak
soak: build ## Run the long tests: kill -9 under load, random releases, again and again
	scripts/prerequisites.sh postgresql
	WAYMARK_BINARY='$(CURDIR)/$(BINARY)' $(GO) test -tags soak -count=1 -timeout 120m -v -run Soak ./...

$(BUNDLE): $(WEB_MODULES) $(BUNDLE_SOURCES)
	cd web && $(NPM) run build

%/node_modules/.package-lock.json: %/package.json %/package-lock.json
	scripts/prerequisites.sh node npm
	cd $* && $(NPM) ci
	@touch $@

$(LINTER): .golangci-lint-version
	GOBIN='$(CURDIR)/.cache/bin' $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$$(cat $<)
	@touch $@
