package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.DomainException;
import sprite.server.domain.DomainOptions;

/** Directories that cannot be served are refused with one clear line, and left as they are. */
class DirectoryTest {
    @TempDir
    Path temporary;

    private final BlockCache cache = new BlockCache(1 << 20);

    @AfterEach
    void close() {
        cache.close();
    }

    private RocksDomain open(Prefix prefix, Path path) throws DomainException {
        return RocksDomain.open(prefix, path, DomainOptions.with(cache));
    }

    private void assertRefused(Path path, String... parts) {
        String message = String.valueOf(assertThrows(
                        DomainException.class, () -> open(Prefix.ROOT, path).close())
                .getMessage());
        assertFalse(message.contains("\n"), message);
        assertTrue(message.contains(path.toString()), message);
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    /** A domain that was served and closed. */
    private Path served() throws DomainException {
        Path path = temporary.resolve("domain");
        open(Prefix.ROOT, path).close();
        return path;
    }

    @Test
    void makesADomainInAnEmptyDirectoryAndOpensItAgain() throws Exception {
        Path path = Files.createDirectory(temporary.resolve("empty"));
        Files.createDirectory(path.resolve("lost+found"));
        try (RocksDomain domain = open(new Prefix("/a"), path)) {
            assertEquals(new Prefix("/a"), domain.prefix());
        }
        open(new Prefix("/a"), path).close();
    }

    @Test
    void finishesADomainWhoseMakingWasCutShort() throws Exception {
        Path path = served();
        Files.move(path.resolve("FORMAT"), path.resolve("FORMAT.new"));
        open(Prefix.ROOT, path).close();
        assertTrue(Files.exists(path.resolve("FORMAT")));
    }

    @Test
    void refusesAFile() throws Exception {
        assertRefused(Files.createFile(temporary.resolve("file")), "not a directory");
    }

    @Test
    void refusesWhereThereIsNoParent() {
        assertRefused(temporary.resolve("no/where"), "does not exist", "create it");
    }

    @Test
    void refusesSomebodyElsesFiles() throws Exception {
        Path path = Files.createDirectory(temporary.resolve("home"));
        Files.createFile(path.resolve("thesis.tex"));
        assertRefused(path, "not empty");
        try (Stream<Path> left = Files.list(path)) {
            assertEquals(List.of(path.resolve("thesis.tex")), left.toList());
        }
    }

    @Test
    void refusesADomainInUse() throws Exception {
        Path path = temporary.resolve("domain");
        try (RocksDomain domain = open(Prefix.ROOT, path)) {
            assertRefused(path, "another server is using it");
            assertEquals(1, domain.space().files());
        }
        open(Prefix.ROOT, path).close();
    }

    @Test
    void refusesAnotherPrefix() throws Exception {
        Path path = temporary.resolve("domain");
        open(new Prefix("/projects"), path).close();
        assertRefused(path, "/projects", "--domain");
    }

    @Test
    void refusesANewerFormat() throws Exception {
        Path path = served();
        Files.writeString(path.resolve("FORMAT"), "spritefs domain\nversion=2\nwho=knows\n");
        assertRefused(path, "version 2", "newer");
    }

    @Test
    void refusesDamage() throws Exception {
        Path path = served();
        byte[] format = Files.readAllBytes(path.resolve("FORMAT"));
        for (String text : List.of("", "hello", "spritefs domain\nversion=one\n", "spritefs domain\nversion=1\n")) {
            Files.writeString(path.resolve("FORMAT"), text);
            assertRefused(path, "damaged", "FORMAT");
        }
        Files.write(path.resolve("FORMAT"), new byte[] {(byte) 0xFF, (byte) 0xFE, 0});
        assertRefused(path, "damaged", "FORMAT");
        Files.write(path.resolve("FORMAT"), format);
        open(Prefix.ROOT, path).close();
        spoil(path.resolve("meta"), "MANIFEST");
        assertRefused(path, "damaged");
    }

    @Test
    void refusesADomainWithoutItsMetadata() throws Exception {
        Path path = served();
        Files.delete(path.resolve("meta/CURRENT"));
        assertRefused(path, "damaged");
    }

    private static void spoil(Path meta, String prefix) throws IOException {
        try (Stream<Path> files = Files.list(meta)) {
            for (Path file : files.filter(f -> f.getFileName().toString().startsWith(prefix))
                    .toList()) {
                byte[] bytes = Files.readAllBytes(file);
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] ^= 0x55;
                }
                Files.write(file, bytes);
            }
        }
    }
}
