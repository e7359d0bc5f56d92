# make run and make test need Go and Node, nothing else. make check needs a C compiler (race detector), Chromium and Python 3.13 besides, and
# make conformance Java and Maven.
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

# A real run of each fuzz target, and of each parser of what comes from outside: seconds in check, minutes in soak.
FUZZTIME ?= 2s
PARSERTIME ?= 20s
# Further flags of `go test` in make test, as TESTFLAGS=-json.
TESTFLAGS ?=
ARGS ?=

# The CDK application compiles 191 packages of the CDK and links 100 MB: check-stack tests it, and no other stage waits for it.
STACK := ./infra ./infra/bundle ./infra/nag ./infra/stack
INNER = $$(go list -find ./... | grep -vE '/infra(/bundle|/nag|/stack)?$$')
# Of the CDK's runtime: Node 20 does, and says on each start that it is old.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

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
	@$(STAGE) "go test" env -u REGUA_REQUIRE_ORACLES go test $(TESTFLAGS) $(INNER)
	@$(STAGE) "web unit tests" npm --prefix web --silent test

# Oracles: implementations that are not ours, fetched by exact versions and run one suite at a time, each in a network namespace that holds
# nothing but a loopback interface. DynamoDB Local needs Java 17 and Maven, LocalStack and moto Python 3.13, asl-validator and Prism Node.
# Other stages skip what needs them, whatever CI demands.
DYNAMODB_LOCAL := $(CURDIR)/.cache/dynamodb-local
LOCALSTACK_HOST := $(CURDIR)/.cache/localstack-host
MOTO := $(CURDIR)/.cache/moto
ASL := test/conformance/stepfunctions/asl
PRISM := test/conformance/pix/prism
ORACLES := REGUA_REQUIRE_ORACLES=1 REGUA_DYNAMODB_LOCAL=$(DYNAMODB_LOCAL) REGUA_LOCALSTACK=$(LOCALSTACK_HOST) REGUA_MOTO=$(MOTO) \
	REGUA_PRISM=$(CURDIR)/$(PRISM)

.PHONY: oracles
oracles: $(DYNAMODB_LOCAL)/DynamoDBLocal-3.1.0.jar $(LOCALSTACK_HOST)/requirements.txt $(MOTO)/requirements.txt $(ASL)/node_modules/.package-lock.json $(PRISM)/node_modules/.package-lock.json

$(DYNAMODB_LOCAL)/DynamoDBLocal-3.1.0.jar: test/conformance/dynamodb/oracle/pom.xml
	@$(STAGE) "fetch DynamoDB Local" test/conformance/dynamodb/oracle/fetch $(DYNAMODB_LOCAL)
	@touch $@

$(LOCALSTACK_HOST)/requirements.txt: test/localstack/host/requirements.txt
	@$(STAGE) "fetch LocalStack" test/conformance/venv $< $(LOCALSTACK_HOST)
	@touch $@

$(MOTO)/requirements.txt: test/conformance/messaging/oracle/requirements.txt
	@$(STAGE) "fetch moto" test/conformance/venv $< $(MOTO)
	@touch $@

$(ASL)/node_modules/.package-lock.json: $(ASL)/package-lock.json
	@cd $(ASL) && $(NPM_CI)
	@touch $@

# Without scripts: one of Prism's packages reports each installation to its makers.
$(PRISM)/node_modules/.package-lock.json: $(PRISM)/package-lock.json
	@cd $(PRISM) && $(NPM_CI) --ignore-scripts
	@touch $@

.PHONY: localstack-up
localstack-up: $(LOCALSTACK_HOST)/requirements.txt ## LocalStack on this machine, empty, without Docker, until Ctrl-C; needs Python 3.13
	@test/localstack/host/up $(LOCALSTACK_HOST)

# The CDK's command line, in the version that the templates need.
node_modules/.package-lock.json: package-lock.json
	@$(NPM_CI)
	@touch $@

.PHONY: localstack-host
localstack-host: $(LOCALSTACK_HOST)/requirements.txt node_modules/.package-lock.json ## deploy Core to LocalStack without Docker and tell its journeys there
	@$(STAGE) "LocalStack without Docker" test/localstack/deploy/host $(LOCALSTACK_HOST)

.PHONY: localstack
localstack: node_modules/.package-lock.json ## the same on LocalStack in Docker
	@$(STAGE) "LocalStack in Docker" test/localstack/deploy/docker

# One suite: its tests compiled, then run beside its oracles.
SUITES := dynamodb stepfunctions messaging edge pix

.PHONY: conformance
conformance: $(addprefix conformance-,$(SUITES)) conformance-planted ## the local cloud against AWS's own tools and other emulators

.PHONY: $(addprefix conformance-,$(SUITES))
$(addprefix conformance-,$(SUITES)): conformance-%: oracles
	@mkdir -p .build/conformance
	@go test -c -o .build/conformance/$*.test ./test/conformance/$*
	@cd test/conformance/$* && $(ORACLES) $(CURDIR)/$(STAGE) "conformance of $*" ../alone $(CURDIR)/.build/conformance/$*.test -test.v

.PHONY: conformance-planted
conformance-planted: ## bugs planted into the engines, each of which must turn a check red
	@REGUA_PLANTED_BUGS=1 $(STAGE) "planted bugs" go test -count=1 -timeout 30m -v -run TestEveryBugTurnsACheckRed ./test/conformance/planted

.PHONY: bench-oracles
bench-oracles: oracles ## our DynamoDB and DynamoDB Local, timed in one run
	@mkdir -p .build/conformance
	@go test -c -o .build/conformance/dynamodb.test ./test/conformance/dynamodb
	@cd test/conformance/dynamodb && $(ORACLES) ../alone $(CURDIR)/.build/conformance/dynamodb.test -test.run '^$$' -test.bench Oracle -test.benchtime 2s

.PHONY: check
check: check-house check-lint check-web check-binaries check-journeys check-crash check-law check-replay check-simulation check-stack check-race check-fuzz ## the rest of what a change must pass

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

BINARIES := $(CURDIR)/.build/functions/$(shell go env GOARCH)

# This test measures time, which disks and the race detector distort.
TIMED := ^TestAnUnknownContractIsAnsweredAsAKnownOne$$

.PHONY: check-journeys
check-journeys: check-binaries ## the journeys with a data directory, and with every function as its binary
	@$(STAGE) "journeys on disk" env REGUA_JOURNEY_MODE=data go test -count=1 -short -timeout 5m -skip '$(TIMED)' ./test/journey
	@$(STAGE) "journeys as binaries" env REGUA_JOURNEY_MODE=bootstraps REGUA_BOOTSTRAP_DIR=$(BINARIES) go test -count=1 -timeout 5m ./test/journey

.PHONY: check-crash
check-crash: check-binaries ## kill -9 in the payment flow, 102 times of everything and of functions in 34 stories; planted bugs turn it red
	@$(STAGE) "kill -9" env REGUA_BOOTSTRAP_DIR=$(BINARIES) REGUA_CRASH_ROUNDS=34 REGUA_CRASH_PLANTED=1 \
		go test -count=1 -timeout 10m -parallel 5 -v ./test/crash

.PHONY: check-law
check-law: ## contact law: every minute of three years in 27 states by five channels, a million inputs twice, and every change of the packs
	@$(STAGE) "contact law" env REGUA_LAW=full go test -count=1 -timeout 20m -v -run '^(TestEveryMinute|TestVerdictsArePure|TestMutants)$$' ./shared/compliance

.PHONY: check-replay
check-replay: ## half a year of the ruler over 2,000 executions, twice, to the byte
	@$(STAGE) "half a year, twice" env REGUA_REPLAY=2000 go test -count=1 -timeout 15m -run '^TestHalfAYearIsTheSameTwice$$' -v ./test/replay

.PHONY: check-simulation
check-simulation: ## hostile deliveries of money against the bank's own books; planted bugs turn it red
	@$(STAGE) "hostile deliveries" env REGUA_SIMULATION_DELIVERIES=200000 REGUA_SIMULATION_PLANTED=1 \
		go test -count=1 -timeout 30m -parallel 2 -v ./test/simulation

.PHONY: synth
synth: ## write the stacks' templates to cdk.out, without account or network; ARGS="-c key=value …"
	@go run ./infra $(ARGS)

.PHONY: diff
diff: ## what the stacks would change against the templates that were agreed; ARGS=-update agrees
	@go test -count=1 -run '^TestTemplatesAreAsAgreed$$' ./infra/stack $(ARGS)

CFN_LINT := .cache/cfn-lint

$(CFN_LINT)/requirements.txt: infra/stack/testdata/cfn-lint.txt
	@$(STAGE) "fetch cfn-lint" test/conformance/venv $< $(CFN_LINT)
	@touch $@

.PHONY: check-stack
check-stack: $(CFN_LINT)/requirements.txt ## the CDK application: its tests, the rules of cdk-nag, the templates before cfn-lint
	@$(STAGE) "stack" go test $(TESTFLAGS) $(STACK)
	@$(STAGE) "cdk-nag" go run ./infra/nag
	@$(STAGE) "cfn-lint" $(CFN_LINT)/bin/cfn-lint -i W3005 -r us-east-1 sa-east-1 -- infra/stack/testdata/*.template.json

.PHONY: check-race
check-race: ## every test again under the race detector, the heavy ones at their small size
	@$(STAGE) "go test -race" env -u REGUA_REQUIRE_ORACLES go test -race -short -skip '$(TIMED)' $(INNER)

.PHONY: check-fuzz
check-fuzz: ## every fuzz target for FUZZTIME, the parsers for PARSERTIME
	@$(STAGE) "fuzz $(FUZZTIME) each, parsers $(PARSERTIME)" .ci/fuzz $(FUZZTIME) $(PARSERTIME)

.PHONY: bench
bench: ## the benchmarks of docs/performance.md
	@go test -run '^$$' -bench . -benchmem $(INNER)

.PHONY: soak
soak: check-binaries oracles ## the heavy size of the proofs: most of a day; write seed, figure and date into docs/performance.md
	@$(STAGE) "go test, 5 times, shuffled" go test -count=5 -shuffle=on $(INNER)
	@$(STAGE) "journeys at their large size" env REGUA_SOAK=1 go test -count=1 -timeout 60m ./test/journey
	@$(STAGE) "kill -9, 500 times" env REGUA_SOAK=1 REGUA_BOOTSTRAP_DIR=$(BINARIES) go test -count=1 -timeout 30m -v ./test/crash
	@$(STAGE) "half a year over 10,000 executions, twice" env REGUA_SOAK=1 go test -count=1 -timeout 60m -run '^TestHalfAYearIsTheSameTwice$$' -v ./test/replay
	@$(STAGE) "10,000,000 hostile deliveries" env REGUA_SIMULATION_DELIVERIES=10000000 REGUA_SIMULATION_SEED=1000001 \
		go test -count=1 -timeout 12h -run '^TestMoneyIsPostedOnce' -v ./test/simulation
	@go test -c -o .build/conformance/dynamodb.test ./test/conformance/dynamodb
	@cd test/conformance/dynamodb && $(ORACLES) REGUA_CONFORMANCE_OPERATIONS=200000 REGUA_CONFORMANCE_SEED=100200 \
		$(CURDIR)/$(STAGE) "200,000 random operations" ../alone $(CURDIR)/.build/conformance/dynamodb.test -test.v -test.timeout 40m -test.run '^TestDifferential$$'
	@$(STAGE) "property tests, 10,000 draws" go test $$(git grep -l '"pgregory.net/rapid"' -- '*_test.go' | xargs -n1 dirname | sort -u | sed 's,^,./,') -rapid.checks=10000
	@$(STAGE) "fuzz 60s each, parsers 10m" .ci/fuzz 60s 10m

.PHONY: clean
clean: ## remove what was built here
	@rm -rf .build cdk.out web/dist web/node_modules web/test-results
