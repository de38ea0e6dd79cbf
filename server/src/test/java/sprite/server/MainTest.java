package sprite.server;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.name.Prefix;
import sprite.common.wire.proto.FileServerGrpc;
import sprite.common.wire.proto.StatusRequest;
import sprite.server.cache.BlockCache;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Offline;
import sprite.server.domain.store.RocksDomain;
import sprite.server.domain.store.Table;

/** What users see of the process. Bad input: a status that is not 0, one line that helps, and nothing touched. */
class MainTest {
    private static final Pattern SERVING =
            Pattern.compile("spritefs server: serving (.+) on 127\\.0\\.0\\.1:([0-9]+) \\(pid ([0-9]+)\\)");

    @TempDir
    private Path directory;

    @Test
    void refusesToServeNothing() throws Exception {
        assertRefused(List.of("nothing to serve", "--domain PREFIX=DIR"));
    }

    @Test
    void refusesAnUnknownOption() throws Exception {
        assertRefused(List.of("--frobnicate", "--help"), "--domain", "/=d", "--frobnicate", "yes");
    }

    @Test
    void refusesADomainWithoutADirectory() throws Exception {
        assertRefused(List.of("'/projects'", "PREFIX=DIR"), "--domain", "/projects");
    }

    @Test
    void refusesWhatIsNoPrefix() throws Exception {
        assertRefused(List.of("'projects/'", "absolute path"), "--domain", "projects/=d");
    }

    @Test
    void refusesAPrefixGivenTwice() throws Exception {
        assertRefused(List.of("--domain /a", "twice"), "--domain", "/a=d", "--domain", "/a=e");
    }

    @Test
    void refusesADirectoryInsideAnother() throws Exception {
        assertRefused(List.of("/a", "/b", "one lies in the other"), "--domain", "/a=d", "--domain", "/b=d/e");
    }

    @Test
    void refusesADirectoryWithoutAParent() throws Exception {
        assertRefused(List.of("missing", "does not exist"), "--domain", "/=missing/d", "--listen", "127.0.0.1:0");
    }

    @Test
    void refusesADirectoryThatHoldsSomethingElse() throws Exception {
        Files.writeString(Files.createDirectory(directory.resolve("full")).resolve("letter.txt"), "dear");
        assertRefused(List.of("full", "not empty"), "--domain", "/=full", "--listen", "127.0.0.1:0");
    }

    @Test
    void refusesAnAddressInUse() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + other.getLocalPort();
            assertRefused(List.of(address, "in use"), "--domain", "/=d", "--listen", address);
        }
    }

    @Test
    void refusesAHostThatDoesNotExist() throws Exception {
        assertRefused(List.of("nowhere.invalid"), "--domain", "/=d", "--listen", "nowhere.invalid:7450");
    }

    @Test
    void refusesWhatIsNoAddress() throws Exception {
        assertRefused(List.of("'7450x'", "HOST:PORT"), "--domain", "/=d", "--listen", "7450x");
    }

    @Test
    void refusesAnAddressThatNobodyCouldBeTold() throws Exception {
        assertRefused(List.of("0.0.0.0:0", "--advertise"), "--domain", "/=d", "--listen", "0.0.0.0:0");
    }

    @Test
    void refusesWhatIsNoSize() throws Exception {
        assertRefused(List.of("'plenty'", "K, M or G"), "--domain", "/=d", "--cache-size", "plenty");
    }

    @Test
    void refusesAConfigurationThatDoesNotExist() throws Exception {
        assertRefused(List.of("none.conf", "does not exist"), "--config", "none.conf");
    }

    @Test
    void refusesALineThatIsNoOption() throws Exception {
        Files.writeString(directory.resolve("server.conf"), "# ours\ndomain = /=d\nlisten\n");
        assertRefused(List.of("server.conf", "line 3", "'listen'"), "--config", "server.conf");
    }

    @Test
    void refusesAnOptionInAFileThatDoesNotExist() throws Exception {
        Files.writeString(directory.resolve("server.conf"), "domain = /=d\ncolour = blue\n");
        assertRefused(List.of("server.conf", "--colour"), "--config", "server.conf");
    }

    @Test
    void refusesAPrefixThatAPeerServes(@TempDir Path theirs) throws Exception {
        try (ServerProcess peer =
                ServerProcess.start(theirs, "--domain", "/a=" + theirs.resolve("d"), "--listen", "127.0.0.1:0")) {
            String address = "127.0.0.1:" + port(peer.line());
            assertRefused(
                    List.of(address, "exports /a already"),
                    "--domain",
                    "/a=d",
                    "--listen",
                    "127.0.0.1:0",
                    "--peer",
                    address);
        }
    }

    @Test
    void refusesADomainWhoseListOfClientsIsDamaged() throws Exception {
        Path domain = directory.resolve("d");
        try (BlockCache cache = new BlockCache(8 << 20)) {
            RocksDomain.open(Prefix.ROOT, domain, DomainOptions.with(cache)).close();
        }
        byte[] broken = Arrays.copyOf(Keys.client(7), 12);
        try (Offline offline = Offline.open(domain, Offline.Mode.WRITE)) {
            offline.put(Table.INFO, broken, new byte[0]);
            offline.sync();
        }
        List<String> before = pairs(domain);
        try (ServerProcess server = ServerProcess.start(directory, "--domain", "/=d", "--listen", "127.0.0.1:0")) {
            ServerProcess.End end = server.end();
            String errors = String.join("\n", end.errors());
            assertNotEquals(0, end.status());
            assertEquals(List.of(), end.out());
            assertEquals(1, end.errors().size(), errors);
            assertTrue(errors.startsWith("spritefs server: cannot serve the domain in " + domain), errors);
            assertTrue(errors.contains("list of clients is damaged (1 record)"), errors);
            assertTrue(errors.contains("'spritefs fsck " + domain + "'"), errors);
        }
        assertEquals(before, pairs(domain));
    }

    /** All that is stored in the tables of a domain. */
    private static List<String> pairs(Path domain) throws Exception {
        List<String> pairs = new ArrayList<>();
        try (Offline offline = Offline.open(domain, Offline.Mode.READ)) {
            for (Table table : Table.values()) {
                offline.scan(
                        table,
                        (key, value) -> pairs.add(table + " " + HexFormat.of().formatHex(key) + " "
                                + HexFormat.of().formatHex(value)));
            }
        }
        return pairs;
    }

    @Test
    void servesAsTheFileSaysUntilItIsTerminated() throws Exception {
        Files.writeString(directory.resolve("server.conf"), "domain = /=d\ndomain = /b=e\nlisten = 127.0.0.1:1\n");
        try (ServerProcess server =
                ServerProcess.start(directory, "--config", "server.conf", "--listen", "127.0.0.1:0")) {
            String line = server.line();
            Matcher serving = SERVING.matcher(line);
            assertTrue(serving.matches(), line);
            assertEquals("/=d, /b=e", serving.group(1));
            JsonNode status = status(Integer.parseInt(serving.group(2)));
            assertEquals(serving.group(3), status.get("pid").asText());
            assertEquals("/b", status.at("/prefixes/1/prefix").asText());
            assertEquals(
                    directory.resolve("e").toString(),
                    status.at("/prefixes/1/directory").asText());
            assertTrue(status.at("/prefixes/1/space/availableBytes").asLong() > 0);
            assertEquals(0, status.at("/writeShared/count").asInt(-1));
            assertEquals(0, status.get("clients").size());
            assertEquals(256L << 20, status.at("/cache/limit").asLong());
            assertEquals(0, status.at("/locks/held").asInt(-1));
            server.terminate();
            assertEquals(new ServerProcess.End(0, List.of(), List.of()), server.end());
        }
    }

    private void assertRefused(List<String> mentions, String... args) throws Exception {
        List<String> before = tree();
        try (ServerProcess server = ServerProcess.start(directory, args)) {
            ServerProcess.End end = server.end();
            String errors = String.join("\n", end.errors());
            assertAll(
                    () -> assertNotEquals(0, end.status()),
                    () -> assertEquals(List.of(), end.out()),
                    () -> assertEquals(1, end.errors().size(), errors),
                    () -> assertTrue(errors.startsWith("spritefs server: "), errors),
                    () -> mentions.forEach(mention -> assertTrue(errors.contains(mention), errors)),
                    () -> assertEquals(before, tree()));
        }
    }

    private List<String> tree() throws Exception {
        try (Stream<Path> paths = Files.walk(directory)) {
            return paths.map(Path::toString).sorted().toList();
        }
    }

    private static int port(String line) {
        Matcher serving = SERVING.matcher(line);
        assertTrue(serving.matches(), line);
        return Integer.parseInt(serving.group(2));
    }

    private static JsonNode status(int port) throws Exception {
        ManagedChannel channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        try {
            return new ObjectMapper()
                    .readTree(FileServerGrpc.newBlockingV2Stub(channel)
                            .status(StatusRequest.getDefaultInstance())
                            .getJson());
        } finally {
            channel.shutdownNow();
        }
    }
}
