# The commands of the project; what each does is in README.md.
MVN ?= mvn -B -ntp
JAR := platform/launcher/target/apfa-realtime.jar
JAVA_OPTS ?= -Xms64m -Xmx768m
SOURCES := $(shell find platform celery-bridge-verticle broadcaster-verticle ratelimit-verticle \
  gateway-verticle -path '*/src/main/*' -type f 2>/dev/null) pom.xml

.PHONY: build run test check bench chaos soak corpora fuzz report fmt doctor clean

build: ## jar and page, no tests
	$(MVN) -q install -DskipTests -Dspotless.check.skip=true -Dcheckstyle.skip=true -pl platform/launcher -am

$(JAR): $(SOURCES)
	$(MAKE) --no-print-directory build
	@touch $(JAR)

run: $(JAR) ## builds what is missing and starts the whole system in one JVM
	exec java $(JAVA_OPTS) -jar $(JAR) $(ARGS)

doctor: $(JAR) ## checks a broker and says what to fix: APFA_BROKER_URL=… make doctor
	exec java $(JAVA_OPTS) -jar $(JAR) --doctor

test: ## installs what tests need where missing, runs every test
	scripts/install-test-tools
	$(MVN) install
	cd web && npm run --silent check && npm test --silent

check: ## the quality gate alone
	$(MVN) -q verify -DskipTests
	cd web && npm run --silent check

fmt: ## formats everything
	$(MVN) -q spotless:apply
	cd web && npm run --silent format

bench: $(JAR) ## figures against something measured in the same run, to proof/results
	scripts/install-test-tools
	scripts/bench

chaos: $(JAR) ## kills every process in turn under load, to proof/results; SESSIONS and RATE set the load
	scripts/install-test-tools
	$(MVN) test -pl proof/e2e -Dtest='FaultsTest,BridgeFaultsTest,BrokerFaultsTest,WorkerFaultsTest' \
	  -Dapfa.faults.sessions=$(or $(SESSIONS),100) -Dapfa.faults.rate=$(or $(RATE),300) \
	  -Dapfa.faults.bridge.rate=2000 -Dapfa.faults.bridge.seconds=15 \
	  -Dapfa.faults.broker.pause=10 -Dapfa.faults.report=true

soak: $(JAR) ## an hour of steady load: latency, bytes, CPU and memory, to proof/results
	scripts/install-test-tools
	scripts/bench latency $(or $(SESSIONS),200) $(or $(RATE),500) $(or $(SECONDS),3600)

corpora: ## records what real workers send again, and what Celery makes of it (proof/corpora)
	/usr/bin/python3 proof/corpora/hostile.py proof/e2e/src/test/resources/corpus
	/usr/bin/python3 proof/corpora/record.py proof/e2e/src/test/resources/corpus

fuzz: ## searches inputs that break a decoder, SECONDS (60) for each; what it finds is kept
	scripts/fuzz $(or $(SECONDS),60) $(TARGETS)

report: ## docs/bench/REPORT.md from the raw results in proof/results
	node scripts/report.mjs

clean:
	$(MVN) -q clean
	rm -rf web/dashboard/dist
