package sprite.server.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Which run of the machine this is: in another one the operating system has forgotten what was not synced. */
public final class MachineRun {
    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

    /** Of this run of the machine; where that cannot be told, of this process. */
    private static final UUID CURRENT = read();

    private MachineRun() {}

    /** The present one. */
    public static UUID current() {
        return CURRENT;
    }

    private static UUID read() {
        try {
            return UUID.fromString(Files.readString(BOOT).strip());
        } catch (IOException | IllegalArgumentException e) {
            return UUID.randomUUID();
        }
    }
}
