# Everyday commands. `make run` and `make test` install the Debian packages that they need.
.PHONY: run stop build install uninstall test soak bench format lint clean

SWIFT_BUILD = swift build -c release

run:
	deploy/local/install-packages run
	runtimes/jvm/build.sh
	$(SWIFT_BUILD)
	deploy/local/run

stop:
	deploy/local/run stop

build:
	runtimes/jvm/build.sh
	$(SWIFT_BUILD)

# The three programs, kubectl's plugin, the CRDs and the runtimes, under PREFIX.
PREFIX = /usr/local
BIN = $(DESTDIR)$(PREFIX)/bin
SHARE = $(DESTDIR)$(PREFIX)/share/nest
BUILT = .build/release

install: build
	install -d "$(BIN)" "$(SHARE)"
	install -m 755 $(addprefix $(BUILT)/,nest nest-agent nest-jail) "$(BIN)"
	ln -sfn nest "$(BIN)/kubectl-nest"
	rm -rf "$(SHARE)/crds" "$(SHARE)/runtimes"
	install -d "$(SHARE)/runtimes/nodejs" "$(SHARE)/runtimes/jvm"
	cp -R crds "$(SHARE)"
	cd runtimes/nodejs && cp -R runtime.json package.json host.js lib "$(SHARE)/runtimes/nodejs"
	cd runtimes/jvm && cp -R runtime.json options out "$(SHARE)/runtimes/jvm"

uninstall:
	rm -f "$(BIN)/nest" "$(BIN)/nest-agent" "$(BIN)/nest-jail" "$(BIN)/kubectl-nest"
	rm -rf "$(SHARE)"

# Each of these runs by itself: they wait for much at once, so that their time limits say something only alone.
ALONE = ControllersTests KubeServerTests Conformance
# These start real processes and count what is left of them. EndToEnd, one test after the other, waits for half of its
# time; the others run beside it.
BESIDE = AgentTests SecurityTests Robustness
SUITES = .build/debug/nestPackageTests.xctest --testing-library swift-testing
empty =
space = $(empty) $(empty)

# Everything that this machine can run: runtimes, units, the API server with kubectl, end to end, attacks.
test:
	deploy/local/install-packages test
	node --test --test-timeout=60000 runtimes/nodejs/test/*.test.js
	runtimes/jvm/build.sh
	runtimes/jvm/test.sh
	for runtime in nodejs jvm; do runtimes/conformance/run $$runtime || exit 1; done
	swift build --build-tests
	swift test --skip-build --skip '^($(subst $(space),|,$(strip $(ALONE) $(BESIDE) EndToEnd)))\.'
	for suite in $(ALONE); do swift test --skip-build --filter "^$$suite\." || exit 1; done
	log=$$(mktemp); \
	(for suite in $(BESIDE); do $(SUITES) --filter "^$$suite\." || exit 1; done) >"$$log" 2>&1 & beside=$$!; \
	trap 'kill $$beside; rm -f "$$log"' INT TERM; \
	$(SUITES) --no-parallel --filter '^EndToEnd\.'; ended=$$?; \
	wait $$beside || ended=1; cat "$$log"; rm -f "$$log"; exit $$ended

# Thousands of functions come and go, and nothing is left: about half an hour on two cores.
soak:
	deploy/local/install-packages test
	runtimes/jvm/build.sh
	swift build --build-tests
	for suite in AgentTests Robustness; do \
		NEST_CYCLES=$${NEST_CYCLES:-2000} swift test --skip-build --filter "^$$suite\..*LeakTests" || exit 1; \
	done

# One JSON line a figure; see Benchmarks/README.md.
bench:
	deploy/local/install-packages bench
	runtimes/jvm/build.sh
	$(SWIFT_BUILD)
	node Benchmarks/main.mjs

format:
	swift format format --in-place --recursive Package.swift Sources Tests

lint:
	swift format lint --strict --recursive Package.swift Sources Tests

clean:
	swift package clean
