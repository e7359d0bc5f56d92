# make run and make test need Go and Node, nothing else. make check needs a C compiler (race detector) and Chromium besides.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:

STAGE := .ci/stage
LINT_VERSION := v2.6.0
LINT := .build/bin/golangci-lint-$(LINT_VERSION)
NPM_CI := npm ci --no-audit --no-fund --loglevel=error

# What is deployed: no RPC server of the old runtime, no paths and no build id of this machine, no symbols.
LAMBDA_FLAGS := -tags lambda.norpc -trimpath -ldflags "-s -w -buildid=" -buildvcs=false
LAMBDA_BYTES := 18000000

# A real run of each fuzz target: seconds in check, minutes in soak.
FUZZTIME ?= 2s
# Further flags of `go test` in make test, as TESTFLAGS=-json.
TESTFLAGS ?=
ARGS ?=

WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts web/tsconfig.json web/package.json -type f 2>/dev/null)

.PHONY: help
help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: run
run: web/dist/index.html ## build the portal and start everything on this machine; ARGS="-data DIR -clock TIME …" (ARGS=-help lists them)
	@go run ./infra/local -web web/dist $(ARGS)

web/node_modules/.package-lock.json: web/package-lock.json
	@cd web && $(NPM_CI)
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	@cd web && npm run --silent build
	@touch $@

.PHONY: test
test: web/node_modules/.package-lock.json ## every test that needs Go and Node only
	@$(STAGE) "go test" env -u REGUA_REQUIRE_ORACLES go test $(TESTFLAGS) ./...
	@$(STAGE) "web unit tests" npm --prefix web --silent test

# Java and Maven run the oracles, each in a network namespace of its own; other stages skip what needs them, whatever CI demands.
# REGUA_CONFORMANCE_OPERATIONS and _SEED size the differential run.
DYNAMODB_LOCAL := .cache/dynamodb-local

.PHONY: conformance
conformance: $(DYNAMODB_LOCAL)/DynamoDBLocal-3.1.0.jar ## the local cloud against AWS's own tools; needs Java 17 and Maven
	@mkdir -p .build/conformance
	@$(STAGE) "build conformance" go test -c -o .build/conformance/dynamodb.test ./test/conformance/dynamodb
	@cd test/conformance/dynamodb && REGUA_REQUIRE_ORACLES=1 REGUA_DYNAMODB_LOCAL=$(CURDIR)/$(DYNAMODB_LOCAL) \
		$(CURDIR)/$(STAGE) "DynamoDB against DynamoDB Local" ../alone $(CURDIR)/.build/conformance/dynamodb.test -test.v

$(DYNAMODB_LOCAL)/DynamoDBLocal-3.1.0.jar: test/conformance/dynamodb/oracle/pom.xml
	@$(STAGE) "fetch DynamoDB Local" test/conformance/dynamodb/oracle/fetch $(DYNAMODB_LOCAL)
	@touch $@

.PHONY: check
check: check-house check-lint check-web check-binaries check-bootstrap check-race check-fuzz ## the rest of what a change must pass

.PHONY: check-house
check-house: ## formatting, vet and the rules of test/arch
	@$(STAGE) "gofmt" bash -c 'wrong=$$(gofmt -l $$(git ls-files -co --exclude-standard "*.go")); [ -z "$$wrong" ] || { echo "gofmt: $$wrong"; exit 1; }'
	@$(STAGE) "go vet" go vet ./...
	@$(STAGE) "house rules" go test -count=1 ./test/arch

.PHONY: check-lint
check-lint: $(LINT) ## golangci-lint
	@$(STAGE) "golangci-lint" $(LINT) run ./...

$(LINT):
	@mkdir -p $(@D)
	@GOBIN=$(CURDIR)/.build/bin $(STAGE) "build golangci-lint" go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv .build/bin/golangci-lint $@

.PHONY: check-web
check-web: web/dist/index.html ## the portal: types, size, and the browser tests with axe, against its own mock and against the local cloud
	@$(STAGE) "web types" npm --prefix web --silent run check
	@$(STAGE) "web size" npm --prefix web --silent run size
	@$(STAGE) "web browser tests" npm --prefix web --silent run e2e
	@$(STAGE) "story by clicks" .ci/clicks

.PHONY: check-binaries
check-binaries: ## every function for both Lambda architectures, within its size
	@$(STAGE) "binaries arm64" env CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build $(LAMBDA_FLAGS) -o .build/functions/arm64/ ./functions/...
	@$(STAGE) "binaries amd64" env CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build $(LAMBDA_FLAGS) -o .build/functions/amd64/ ./functions/...
	@find .build/functions -type f -printf '%s %P\n' | sort -n | tail -1 | sed 's/^/largest function: /'
	@over=$$(find .build/functions -type f -size +$(LAMBDA_BYTES)c -printf '%s %P\n'); [ -z "$$over" ] || { echo "over $(LAMBDA_BYTES) bytes: $$over"; exit 1; }

.PHONY: check-bootstrap
check-bootstrap: check-binaries ## the story with every function as its binary, and its size against a bare handler's
	@$(STAGE) "story as binaries" env REGUA_BOOTSTRAP_DIR=$(CURDIR)/.build/functions/$$(go env GOARCH) go test -count=1 -timeout 5m ./test/bootstrap

# This test measures time, which the race detector distorts.
RACE_SKIP := ^TestAnUnknownContractIsAnsweredAsAKnownOne$$

.PHONY: check-race
check-race: ## every test again under the race detector, the heavy ones at their small size
	@$(STAGE) "go test -race" env -u REGUA_REQUIRE_ORACLES go test -race -short -skip '$(RACE_SKIP)' ./...

.PHONY: check-fuzz
check-fuzz: ## every fuzz target for FUZZTIME
	@$(STAGE) "fuzz $(FUZZTIME) each" .ci/fuzz $(FUZZTIME)

.PHONY: bench
bench: ## the benchmarks of docs/performance.md
	@go test -run '^$$' -bench . -benchmem ./...

.PHONY: soak
soak: ## the heavy size of the proofs: minutes to an hour; write seed, figure and date into docs/performance.md
	@$(STAGE) "go test, 5 times, shuffled" go test -count=5 -shuffle=on ./...
	@$(STAGE) "journeys at their large size" env REGUA_SOAK=1 go test -count=1 -timeout 60m ./test/journey
	@$(STAGE) "property tests, 10,000 draws" go test $$(git grep -l '"pgregory.net/rapid"' -- '*_test.go' | xargs -n1 dirname | sort -u | sed 's,^,./,') -rapid.checks=10000
	@$(STAGE) "fuzz 60s each" .ci/fuzz 60s

.PHONY: clean
clean: ## remove what was built here
	@rm -rf .build web/dist web/node_modules web/test-results
