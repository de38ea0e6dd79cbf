package sprite.server;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Random;

/** Arrows between rooms, and what only one place may do. */
@AnalyzeClasses(packages = "sprite.server", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule theServerDoesNotKnowTheClient =
            noClasses().should().dependOnClassesThat().resideInAPackage("sprite.client..");

    @ArchTest
    static final ArchRule gRpcStaysAtTheEdge = noClasses()
            .that()
            .resideOutsideOfPackages("sprite.server.rpc..", "sprite.server.session..", "sprite.server.prefix..")
            .and()
            .doNotHaveSimpleName("Main")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.grpc..");

    @ArchTest
    static final ArchRule rocksDbStaysInTheStore = noClasses()
            .that()
            .resideOutsideOfPackage("sprite.server.domain..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.rocksdb..");

    @ArchTest
    static final ArchRule nobodyReachesPastTheDoorOfTheStore = noClasses()
            .that()
            .resideOutsideOfPackages("sprite.server.domain..", "sprite.server")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("sprite.server.domain.store..");

    @ArchTest
    static final ArchRule onlyTheMainClassSpeaksOnStandardStreams = noClasses()
            .that()
            .doNotHaveSimpleName("Main")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule nobodySleeps = noClasses()
            .should()
            .callMethodWhere(target(owner(type(Thread.class))).and(target(name("sleep"))));

    @ArchTest
    static final ArchRule nothingIsLeftToChance =
            noClasses().should().dependOnClassesThat().haveFullyQualifiedName(Random.class.getName());
}
