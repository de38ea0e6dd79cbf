package sprite.consistency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Worked examples, word for word: each line that begins with a letter is an event, the indented ones below it are what
 * the core has to say to it. {@code -Dgolden.rewrite=true} writes down what it says today; read the difference.
 */
class GoldenTraceTest {
    private static final Path TRACES = Path.of("src/test/resources/golden");

    @TestFactory
    Stream<DynamicTest> theCoreAnswersAsWrittenDown() throws IOException {
        List<Path> traces;
        try (Stream<Path> files = Files.list(TRACES)) {
            traces = files.sorted().toList();
        }
        assertFalse(traces.isEmpty(), "no traces in " + TRACES.toAbsolutePath());
        return traces.stream().map(t -> DynamicTest.dynamicTest(t.getFileName().toString(), () -> replay(t)));
    }

    private static void replay(Path trace) throws IOException {
        String written = Files.readString(trace);
        String said = new GoldenScript().replay(written);
        if (Boolean.getBoolean("golden.rewrite")) {
            Files.writeString(trace, said);
        } else {
            assertEquals(written, said);
        }
    }
}
