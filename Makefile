# The commands of the project; what each does is in README.md.
MVN ?= mvn -B -ntp
JAR := platform/launcher/target/apfa-realtime.jar
JAVA_OPTS ?= -Xms64m -Xmx768m -XX:G1HeapRegionSize=4m -XX:MaxTenuringThreshold=2
SOURCES := $(shell find platform celery-bridge-verticle broadcaster-verticle ratelimit-verticle \
  gateway-verticle -path '*/src/main/*' -type f 2>/dev/null) pom.xml

.PHONY: build run test check conformance bench chaos soak corpora fuzz report fmt doctor image image-run image-time sbom \
  reproducible clean

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

conformance: ## the Autobahn test suite, all 301 cases, against our WebSocket transport
	$(MVN) verify -Pconformance -pl gateway-verticle -am -DskipTests -Dspotless.check.skip=true -Dcheckstyle.skip=true

fmt: ## formats everything
	$(MVN) -q spotless:apply
	cd web && npm run --silent format

bench: $(JAR) ## figures against something measured in the same run, to proof/results
	scripts/install-test-tools
	scripts/bench

chaos: $(JAR) ## hurts three nodes under load in every way, splits a cluster of four, puts three gateways behind nginx and HAProxy, and replaces every node under load, to proof/results; SESSIONS, RATE, CLIENTS set the load, FAULTS=owner_killed,… names the only ones
	scripts/install-test-tools
	$(MVN) test -pl proof/e2e -Dtest=RoomFaultsTest,LoadBalancerChaos -Dapfa.faults.each=true \
	  -Dapfa.faults.sessions=$(or $(SESSIONS),500) -Dapfa.faults.rate=$(or $(RATE),1000) \
	  -Dapfa.faults.recovering=$(or $(CLIENTS),5000) -Dapfa.faults.pause=10 \
	  -Dapfa.faults.steady=4000 -Dapfa.faults.results=true -Dapfa.faults.only=$(FAULTS)
	$(MVN) test -pl proof/e2e -Dtest=PartitionChaos -Dapfa.faults.each=true \
	  -Dapfa.faults.partition.sessions=100 -Dapfa.faults.partition.rate=500 \
	  -Dapfa.faults.partition.seconds=20 -Dapfa.faults.results=true
	$(MVN) test -pl proof/e2e -Dtest=RollingRestartTest -Dapfa.restart.sessions=1000 -Dapfa.restart.rate=100 \
	  -Dapfa.restart.tasks=10 -Dapfa.restart.window=10000 -Dapfa.restart.connects=100 -Dapfa.faults.results=true
	$(MVN) test -pl proof/e2e -Dtest='BridgeFaultsTest,BrokerFaultsTest,WorkerFaultsTest' \
	  -Dapfa.faults.bridge.rate=2000 -Dapfa.faults.bridge.seconds=15 \
	  -Dapfa.faults.broker.pause=10 -Dapfa.faults.report=true

soak: $(JAR) ## an hour of steady load with sessions that come and go: latency, and what of memory, descriptors and threads grows, to proof/results
	scripts/install-test-tools
	scripts/bench soak $(or $(SECONDS),3600) $(or $(SESSIONS),2000) $(or $(CHURN),10) $(or $(RATE),500)

corpora: ## records what real workers send again, and what Celery makes of it (proof/corpora)
	/usr/bin/python3 proof/corpora/hostile.py proof/e2e/src/test/resources/corpus
	/usr/bin/python3 proof/corpora/record.py proof/e2e/src/test/resources/corpus

fuzz: ## searches inputs that break a decoder, SECONDS (60) for each; what it finds is kept
	scripts/fuzz $(or $(SECONDS),60) $(TARGETS)

image: $(JAR) ## the container image as target/image/apfa-realtime.tar, without a container engine; as root
	scripts/install-test-tools image
	scripts/image build

image-run: ## runs that image under bubblewrap: read-only root, no root user; APFA_… set it up, ARGS are the launcher's
	scripts/image run $(ARGS)

image-time: ## how long that image's node takes from start to ready when it joins a cluster, five times per role
	scripts/image time

sbom: ## what is in the jar: target/bom.json (CycloneDX) and target/LICENCES.md
	$(MVN) -q org.cyclonedx:cyclonedx-maven-plugin:makeBom -pl platform/launcher
	mkdir -p target && cp platform/launcher/target/bom.json target/bom.json
	node scripts/licences.mjs target/bom.json target/LICENCES.md

reproducible: ## builds the jar twice and compares the bytes
	scripts/reproducible

report: ## docs/bench/REPORT.md from docs/bench/results, after taking what is new in proof/results there
	node scripts/report.mjs

clean:
	$(MVN) -q clean
	rm -rf web/dashboard/dist
