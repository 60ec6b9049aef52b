package io.apfa.realtime.protocol;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ProtocolArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.apfa.realtime.protocol");

  @Test
  void shouldKnowOfVertxOnlyBufferAndOneMessageCodec() {
    noClasses()
        .that()
        .doNotHaveSimpleName("BusMessageCodec")
        .should()
        .dependOnClassesThat(
            com.tngtech.archunit.base.DescribedPredicate.describe(
                "are Vert.x other than Buffer",
                type ->
                    type.getPackageName().startsWith("io.vertx.")
                        && !type.getName().equals("io.vertx.core.buffer.Buffer")))
        .check(CLASSES);
  }

  @Test
  void shouldHaveNoClockNoLogAndNoTree() {
    noClasses()
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage("com.fasterxml.jackson.databind..", "org.slf4j..")
        .check(CLASSES);
  }

  @Test
  void shouldImportNothingOfOursButItself() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.apfa.realtime.runtime..",
            "io.apfa.realtime.bridge..",
            "io.apfa.realtime.broadcaster..",
            "io.apfa.realtime.gateway..",
            "io.apfa.realtime.ratelimit..",
            "io.apfa.realtime.launcher..")
        .check(CLASSES);
  }
}
