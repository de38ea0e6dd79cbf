package sprite.client.fuse.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.fuse.Kernel;

/**
 * Lets the kernel read as far ahead as one request can bring. It begins every mount with 128 KiB, whatever was agreed
 * upon, and only root can change that. Thread-safe: no state.
 */
final class ReadAhead {
    private static final Logger log = LoggerFactory.getLogger(ReadAhead.class);

    private ReadAhead() {}

    /** Does it, if it can be done. */
    static void raise(Path mountPoint) {
        try {
            Optional<Kernel.Mount> mount = Kernel.mountAt(mountPoint);
            if (mount.isPresent()) {
                Path setting = Path.of("/sys/class/bdi", mount.get().device(), "read_ahead_kb");
                Files.writeString(setting, Integer.toString(Negotiation.TRANSFER_MAX / 1024));
            }
        } catch (IOException e) {
            log.debug("the kernel reads ahead as it always does: {}", e.getMessage());
        }
    }
}
