package sprite.client.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import sprite.client.fuse.MountException;

/** A child has its descriptor and is heard. */
final class SpawnTest {
    @Test
    void passesOneDescriptorAndNoOther() throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            var errors = new Libc.Errors(arena);
            int zero = Libc.open(errors, arena.allocateFrom("/dev/zero"), Libc.O_RDWR | Libc.O_CLOEXEC);
            String said = Spawn.start(
                            List.of(
                                    "sh",
                                    "-c",
                                    "readlink /proc/$$/fd/$NUMBER >&2; [ ! -e /proc/$$/fd/4 ] || echo more >&2"),
                            "NUMBER",
                            zero)
                    .await();
            int _ = Libc.close(errors, zero);
            assertEquals("/dev/zero", said);
        }
    }

    @Test
    void saysWhatIsMissing() {
        var refused = assertThrows(MountException.class, () -> Spawn.start(List.of("no-such-program"), "NUMBER", 0));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("no-such-program cannot be started: No such file"));
    }
}
