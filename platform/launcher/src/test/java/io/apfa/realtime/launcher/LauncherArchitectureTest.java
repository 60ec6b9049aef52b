package io.apfa.realtime.launcher;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class LauncherArchitectureTest {
  @Test
  void shouldKnowOpenTelemetryInOnePackageOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.apfa.realtime.launcher.trace")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.opentelemetry..")
        .because("while tracing is off nothing of it is loaded")
        .check(
            new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.apfa.realtime.launcher"));
  }
}
