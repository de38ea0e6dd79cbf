package sprite.server.domain.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import sprite.common.name.FileId;
import sprite.common.name.Prefix;
import sprite.server.domain.data.Disk;

/**
 * What the file {@code FORMAT} says of a domain. Immutable.
 *
 * @param version of the layout of the directory and of everything in it
 */
record Format(int version, int number, UUID uuid, Prefix prefix) {
    /** The version that this program reads and writes. */
    static final int VERSION = 1;

    private static final String TITLE = "spritefs domain";

    /** Reads the file; an IllegalArgumentException says what is wrong with it. */
    static Format read(Path file) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (java.nio.charset.CharacterCodingException e) {
            throw new IllegalArgumentException("it is not text", e);
        }
        if (lines.isEmpty() || !lines.getFirst().equals(TITLE)) {
            throw new IllegalArgumentException("its first line is not '" + TITLE + "'");
        }
        int version = Integer.parseInt(value(lines, "version"));
        if (version > VERSION) {
            // Nothing else need be where it is now.
            return new Format(version, FileId.DOMAIN_MAX, new UUID(0, 0), Prefix.ROOT);
        }
        int number = Integer.parseInt(value(lines, "number"));
        if (version < 1 || number < 1 || number > FileId.DOMAIN_MAX) {
            throw new IllegalArgumentException("version " + version + ", number " + number);
        }
        return new Format(version, number, UUID.fromString(value(lines, "uuid")), new Prefix(value(lines, "prefix")));
    }

    private static String value(List<String> lines, String key) {
        for (String line : lines) {
            if (line.startsWith(key + "=")) {
                return line.substring(key.length() + 1);
            }
        }
        throw new IllegalArgumentException("it has no line " + key + "=");
    }

    /** Writes the file, durably but for its name. */
    void write(Path file, Disk disk) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(TITLE);
        lines.add("version=" + version);
        lines.add("number=" + number);
        lines.add("uuid=" + uuid);
        lines.add("prefix=" + prefix.path());
        byte[] text = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
        int descriptor = disk.open(file, Disk.O_RDWR | Disk.O_CREAT | Disk.O_TRUNC);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocateFrom(ValueLayout.JAVA_BYTE, text);
            long done = 0;
            while (done < all.byteSize()) {
                done += disk.write(descriptor, all.asSlice(done), done);
            }
            disk.sync(descriptor);
        } finally {
            disk.close(descriptor);
        }
    }
}
