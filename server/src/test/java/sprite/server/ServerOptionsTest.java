package sprite.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import sprite.common.name.Prefix;
import sprite.server.prefix.HostPort;

class ServerOptionsTest {
    @Test
    void whatIsSaidWinsOverTheFileAndTheFileOverDefaults() throws Exception {
        ServerOptions file = options(
                "--domain", "/=x", "--listen", "127.0.0.1:1", "--cache-size", "2M", "--max-grants", "100", "--verbose");
        ServerConfig config = options("--domain", "/a=b", "--cache-size=1G").over(file);
        assertEquals(List.of(new Prefix("/a")), List.copyOf(config.domains().keySet()));
        assertEquals(List.of(Path.of("b")), List.copyOf(config.domains().values()));
        assertEquals(new HostPort("127.0.0.1", 1), config.listen());
        assertEquals(1L << 30, config.cacheSizeBytes());
        assertEquals(100, config.grantsMax());
        assertTrue(config.verbose());
        assertEquals(List.of(), config.peers());
    }

    @Test
    void hasDefaultsForAllButTheDomains() throws Exception {
        ServerConfig config = options("--domain", "/=x").over(new ServerOptions());
        assertEquals("127.0.0.1:7450", config.listen().toString());
        assertEquals(256L << 20, config.cacheSizeBytes());
        assertEquals(200_000, config.grantsMax());
        assertFalse(config.verbose());
    }

    @Test
    void refusesToGrantNextToNothing() {
        ServerOptions few = options("--domain", "/=x", "--max-grants", "99");
        assertThrows(StartException.class, () -> few.over(new ServerOptions()));
    }

    @Test
    void tellsOthersTheAdvertisedAddressWithThePortThatWasFree() throws Exception {
        ServerConfig plain =
                options("--domain", "/=x", "--listen", "127.0.0.1:0").over(new ServerOptions());
        assertEquals("127.0.0.1:4000", plain.reachableAt(4000).toString());
        ServerConfig named =
                options("--domain", "/=x", "--advertise", "files:0").over(new ServerOptions());
        assertEquals("files:4000", named.reachableAt(4000).toString());
        ServerConfig mapped =
                options("--domain", "/=x", "--advertise", "files:99").over(new ServerOptions());
        assertEquals("files:99", mapped.reachableAt(4000).toString());
    }

    @ParameterizedTest
    @CsvSource({"1048576,1048576", "512K,524288", "256M,268435456", "2G,2147483648"})
    void readsSizes(String text, long bytes) throws Exception {
        assertEquals(bytes, new SizeConverter().convert(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "M", "-1", "1.5G", "1k", "99999999999999999G"})
    void refusesWhatIsNoSize(String text) {
        assertThrows(ParameterException.class, () -> options("--cache-size", text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:7450", "files.example:0", "[::1]:65535"})
    void readsAddresses(String text) {
        assertEquals(text, HostPort.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", "host", "host:", ":1", "host:65536", "host:-1", "::1:7450", "[]:1", "host:1x"})
    void refusesWhatIsNoAddress(String text) {
        assertThrows(IllegalArgumentException.class, () -> HostPort.parse(text));
    }

    private static ServerOptions options(String... args) {
        ServerOptions options = new ServerOptions();
        new CommandLine(CommandSpec.forAnnotatedObject(options)).parseArgs(args);
        return options;
    }
}
