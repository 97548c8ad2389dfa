# make help lists the targets.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# The race detector needs a C compiler; without one the tests run without it.
# SQLite, which is C made into Go, is not looked at: it shares nothing with our goroutines
# but what the driver copies, and cost two thirds of the time of tests with a store. Neither
# are regular expressions, which cost the tests of drivers a fifth.
RACE    := $(shell command -v gcc >/dev/null 2>&1 && echo -race $(patsubst %,-gcflags=%=-race=false,modernc.org/sqlite/lib modernc.org/libc regexp regexp/syntax))
BIN     := bin/netmirror

# What the tests use beyond Go, as Debian packages.
TEST_PACKAGES := openvswitch-switch iproute2 iputils-ping ethtool tcpdump \
                 tshark libyang2-tools snmp snmpd libsnmp-perl netconfd openssh-server openssh-client ansible python3-netmiko python3-paramiko python3-ncclient prometheus prometheus-alertmanager \
                 chromium fonts-dejavu-core poppler-utils \
                 ansible-lint python3-voluptuous pycodestyle shellcheck dash git curl jq openssl procps systemd rsyslog rsyslog-openssl

# What the checks of the page use, from npm, in bin/browser, and that of Grafana's dashboard.
BROWSER_PACKAGES := playwright-core@1.65.1 axe-core@4.14.1 typescript@5.4.5 @grafana/schema@11.2.2

.PHONY: help build terraform image demo test test-deps properties crash hands soak faults wide compose-test containerlab-test page page-soak page-bench picture check generate fmt vet lint bench profile fuzz run-ovs-demo clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

build: ## the program, as bin/netmirror
	$(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o $(BIN) ./cmd/netmirror

image: ## the image netmirror:local of a program that is built here; docker-compose up then fetches nothing
	@mkdir -p bin/image/empty
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/image/netmirror ./cmd/netmirror
	docker build -q -t netmirror:local -f examples/compose/Dockerfile bin/image

# Packages are tested side by side, the tests of one after another: whole controllers with
# their switches are too much for two processors else (PARALLEL=n where there are more).
# The same cases of every property each time, so that a red run is the change's doing;
# make properties tries others.
test: ## all tests; what needs a missing tool is skipped and told at the end
	@test -n "$(RACE)" || echo "no C compiler: running without the race detector"
	@# The provider is a module of its own, so that its dependencies are nobody else's.
	@RAPID_SEED=$(or $(SEED),1) $(GO) run ./internal/testreport -module integrations/terraform $(RACE) -timeout 80m -parallel $(or $(PARALLEL),1) ./...

properties: ## every property test with fresh cases, CHECKS (1000) of each; one that fails prints its seed
	@RAPID_CHECKS=$(or $(CHECKS),1000) $(GO) test -count 1 -timeout 2h $$($(GO) list -f '{{if or .TestImports .XTestImports}}{{.ImportPath}} {{.TestImports}} {{.XTestImports}}{{end}}' ./... | awk '/pgregory.net\/rapid/ {print $$1}')

test-deps: ## install (Debian, root) everything that no test then skips for
	apt-get update -qq
	@# Of prometheus and alertmanager their tools alone are used, and rsyslogd by tests alone: a service that was not there before is not left running.
	@for s in prometheus prometheus-alertmanager rsyslog; do dpkg -s $$s >/dev/null 2>&1 || fresh="$$fresh $$s"; done; set -ex; \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(TEST_PACKAGES); \
	for s in $$fresh; do service $$s stop || :; systemctl disable $$s || update-rc.d $$s disable || :; done
	@# Node comes with npm where it does not come from Debian.
	@command -v npm >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm
	npm install --prefix bin/browser --no-save --no-package-lock --no-audit --no-fund --silent $(BROWSER_PACKAGES)

page: ## the web page in Chromium: all checks, and a picture of every page in bin/pictures (ONLY=part of a check's name)
	@mkdir -p bin/pictures
	CHECK_PICTURES=$(CURDIR)/bin/pictures CHECK_ONLY="$(ONLY)" $(GO) test -count 1 -timeout 1h -run '^TestThePageInABrowser$$' ./cmd/netmirror -v

page-bench: ## when pages can be used, over 5,000 and 50,000 sessions (DIR= keeps the stores there for the next time)
	$(GO) run ./internal/bench page $(DIR)

page-soak: ## four tabs of the page through MINUTES (20) of events: what browser and controller hold stays as it is
	CHECK_MINUTES=$(or $(MINUTES),20) CHECK_ONLY="through a night of events" $(GO) test -count 1 -timeout 24h -run '^TestThePageInABrowser$$' ./cmd/netmirror -v

picture: ## docs/page.png, the picture that the README shows
	@$(MAKE) --no-print-directory page ONLY="picture for the README"
	cp bin/pictures/page-overview.png docs/page.png

crash: ## kill -9 at 200 random moments (CRASHES=n SEED=n), and what was found afterwards
	@NETMIRROR_CRASHES=$(or $(CRASHES),200) NETMIRROR_SEED=$(or $(SEED),1) $(GO) test -count 1 -timeout 2h -run '^TestKilledAtManyMoments$$' ./cmd/netmirror -v

hands: ## another hand takes our numbers before every command and every 50 ms of a delete, a disable and a change, at three thinking times
	@NETMIRROR_HANDS=all $(GO) test -count 1 -timeout 1h -run '^TestHands$$' ./cmd/netmirror -v

soak: ## random intents, faults, hands and crashes over thirteen switches (MINUTES=n SEED=n; root for Open vSwitch)
	@SOAK_SECONDS=$$(( $(or $(MINUTES),10) * 60 )) SOAK_SEED=$(or $(SEED),$(shell date +%s)) $(GO) test -count 1 -timeout 24h -run '^TestSoak$$' ./cmd/netmirror -v

faults: ## every fault of typing, pushes cut off at every line, every way between two intents (the tests have some)
	NETMIRROR_FAULTS=1 $(GO) test -count 1 -run 'InputBuffer|OctetsLost|LosesWhatIsTypedAhead|OnePathOverThreeDevices|KilledAtEveryLine|ContractLineByLine|ContractOfConfirmedPushes' ./internal/transport/cli ./drivers/iosxe ./drivers/eos ./cmd/netmirror -v
	NETMIRROR_FAULTS=1 $(GO) test -count 1 -timeout 1h -run '^TestContract/^(converge|outages)$$' ./drivers/nxos ./drivers/iosxr ./drivers/junos -v

wide: ## sessions over every platform, with the connection lost and the controller killed at every moment (the tests have some)
	@NETMIRROR_WIDE=all $(GO) test -count 1 -timeout 2h -run '^(TestTunnels|TestAPathFromIOSXEToJunos|TestKilledWhileACommitWaits|TestATrialThatLostItsConnection|TestWhatOthersHaveOnCandidates|TestLostFramesAreSeen)' ./cmd/netmirror -v

check: fmt vet lint test ## format, vet, lint, tests; needs no network

generate: ## the examples of the API, the Go client and the pages of platforms, conditions and Terraform, and Ansible's options anew, of the OpenAPI document and the code; tests tell when it is due
	$(GO) test -count 1 -run '^(TestExamples|TestTheClientIsOfThisDocument)$$' ./api -update
	$(GO) test -count 1 -run '^(TestPlatformPages|TestTheSupportTable|TestThePageOfIntents)$$' ./drivers -update
	$(GO) test -count 1 -run '^TestConditionsPage$$' ./internal/doctest -update
	cd integrations/terraform && $(GO) test -count 1 -run '^TestDocs$$' . -update
	$(GO) test -count 1 -run '^TestTheOptionsAreOfThisDocument$$' ./integrations/ansible -update

fmt: ## list files that gofmt would change, and fail if there are any
	@files=$$(gofmt -l api client cmd drivers integrations internal inventory); test -z "$$files" || { echo "gofmt: $$files"; exit 1; }

vet: ## go vet
	$(GO) vet ./...
	cd integrations/terraform && $(GO) vet ./...

lint: ## golangci-lint, where it is installed
	@if command -v golangci-lint >/dev/null 2>&1; then golangci-lint run; else echo "golangci-lint is not installed: not linted"; fi

bench: ## figures, side by side; never part of the tests
	$(GO) run ./internal/bench
	$(GO) test -run '^$$' -bench . -benchmem ./api ./internal/plan ./internal/store ./internal/engine ./internal/watch ./drivers/ifmib ./cmd/netmirror

profile: ## a CPU profile of 500 creates, as bin/creates.pprof (PROFILE=file); the simulated switches are another process
	@mkdir -p $(dir $(or $(PROFILE),bin/creates.pprof))
	@$(GO) run ./internal/bench profile $(or $(PROFILE),bin/creates.pprof)

compose-test: ## docker-compose.yml brought up, a session made and taken away (needs a Docker engine; COMPOSE="docker compose" for the plug-in)
	NETMIRROR_COMPOSE="$(or $(COMPOSE),docker-compose)" $(GO) test -count 1 -timeout 30m -run '^TestCompose' ./cmd/netmirror -v

containerlab-test: ## the linux-only lab of examples/containerlab in containers of its image, from import to copies (root; needs a Docker engine)
	NETMIRROR_CLAB=1 $(GO) test -count 1 -timeout 60m -run '^TestTheLinuxOnlyLabInDocker$$' ./cmd/netmirror -v

fuzz: ## every fuzz target for FUZZTIME (20s); what it finds is kept in the package's testdata/fuzz
	@GO="$(GO)" FUZZTIME="$(or $(FUZZTIME),20s)" internal/testreport/fuzz.sh

terraform: ## the provider for Terraform, as bin/terraform-provider-netmirror
	cd integrations/terraform && $(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o ../../bin/terraform-provider-netmirror .

demo: build ## simulated switches, a controller, a first session; real packets where Open vSwitch and root are there
	$(BIN) demo

run-ovs-demo: build ## the demo with the real Open vSwitch alone (root)
	$(BIN) demo --ovs

clean: ## remove what build made
	rm -rf bin
