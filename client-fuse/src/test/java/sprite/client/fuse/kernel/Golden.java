package sprite.client.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** The bytes of golden.txt, by name. No state. */
final class Golden {
    private static final Map<String, byte[]> BYTES = read();

    private Golden() {}

    private static Map<String, byte[]> read() {
        try (InputStream file = Objects.requireNonNull(Golden.class.getResourceAsStream("golden.txt"))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" ", -1))
                    .collect(Collectors.toMap(
                            words -> words[0], words -> HexFormat.of().parseHex(words[1])));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(String name) {
        return Objects.requireNonNull(BYTES.get(name), name);
    }

    /** A request as the kernel would send it, in memory of its own. */
    static Request request(String name) {
        byte[] bytes = bytes(name);
        MemorySegment memory = Arena.ofAuto().allocate(4096, Long.BYTES);
        MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, 0, bytes.length);
        return new Request(memory, bytes.length);
    }

    /** That {@code memory} begins with these bytes, to the last of them and at {@code at}. */
    static void assertBytes(String name, MemorySegment memory, long at) {
        byte[] expected = bytes(name);
        byte[] found = memory.asSlice(at, expected.length).toArray(JAVA_BYTE);
        assertEquals(HexFormat.of().formatHex(expected), HexFormat.of().formatHex(found), name);
    }

    /** How many bytes it is. */
    static long length(String name) {
        return bytes(name).length;
    }
}
