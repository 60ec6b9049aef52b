package io.apfa.realtime.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/**
 * The arrows between modules, as tests. Each module extends this class with its own root package,
 * and names its pure packages: those without I/O, clock or Vert.x but {@code Buffer}.
 *
 * <p>Confined to the test's thread.
 */
public abstract class ArchitectureRules {
  private static final String ROOT = "io.apfa.realtime.";
  private static final String[] VERTICLES = {
    ROOT + "bridge..", ROOT + "broadcaster..", ROOT + "gateway..", ROOT + "ratelimit.."
  };

  private static final Map<String, JavaClasses> IMPORTED = new ConcurrentHashMap<>();

  private final String rootPackage;
  private final String[] purePackages;
  private final JavaClasses classes;

  /**
   * Rules for the classes under {@code rootPackage}; {@code purePackages} may end in {@code ..}.
   */
  protected ArchitectureRules(String rootPackage, String... purePackages) {
    this.rootPackage = rootPackage;
    this.purePackages = purePackages;
    this.classes = IMPORTED.computeIfAbsent(rootPackage, ArchitectureRules::read);
  }

  /** Reads a module's classes; what they depend on is known by name, which is all the rules ask. */
  private static JavaClasses read(String rootPackage) {
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .importPackages(rootPackage);
  }

  @Test
  void shouldNotImportAnotherVerticle() {
    for (String verticle : VERTICLES) {
      if (!verticle.equals(rootPackage + "..")) {
        noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage(verticle)
            .because("verticles meet on the event bus, in the words of protocol")
            .check(classes);
      }
    }
  }

  @Test
  void shouldKeepPurePackagesFreeOfVertxClockAndJsonTrees() {
    if (purePackages.length == 0) {
      return;
    }
    noClasses()
        .that()
        .resideInAnyPackage(purePackages)
        .should()
        .dependOnClassesThat(isVertxButBuffer())
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "com.fasterxml.jackson.databind..", "com.hazelcast..", "io.micrometer..", "org.slf4j..")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .because("decisions are pure: time is an argument, effects are values")
        .allowEmptyShould(true)
        .check(classes);
  }

  @Test
  void shouldCarryNoJsonTreePastACodec() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("io.vertx.core.json.JsonObject")
        .because("messages are records; JSON is read and written as a stream")
        .check(classes);
  }

  @Test
  void shouldKnowOpenTelemetryOnlyWhereSpansLeaveTheNode() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "launcher.trace")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.opentelemetry..")
        .because("the verticles speak of traces in the words of runtime.trace")
        .check(classes);
  }

  private static DescribedPredicate<JavaClass> isVertxButBuffer() {
    return DescribedPredicate.describe(
        "are Vert.x other than Buffer",
        type ->
            type.getPackageName().startsWith("io.vertx.")
                && !type.getName().startsWith("io.vertx.core.buffer.Buffer"));
  }
}
