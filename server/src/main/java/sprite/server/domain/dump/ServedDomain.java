package sprite.server.domain.dump;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsException;
import sprite.common.name.Prefix;
import sprite.server.domain.store.Image;
import sprite.server.domain.store.RocksDomain;

/** A domain that is being served, for those who dump it. Thread-safe: immutable. */
public record ServedDomain(RocksDomain domain) {
    private static final Logger log = LoggerFactory.getLogger(ServedDomain.class);

    public Prefix prefix() {
        return domain.prefix();
    }

    public Path directory() {
        return domain.directory();
    }

    /**
     * Writes the domain as it is now; returns the number of records, or null if another dump of it is being made. An
     * FsException or IOException says why it is not whole.
     *
     * @param failed called when it will not be, once or more, by whoever needs the space that it takes; must not wait
     */
    public @Nullable Long dump(OutputStream out, Runnable failed) throws FsException, IOException {
        try (Image image = domain.image(failed)) {
            if (image == null) {
                return null;
            }
            log.info("a dump of {} has begun", prefix());
            long records = Dump.write(image, out);
            log.info("the dump of {} has ended: {} records", prefix(), records);
            return records;
        }
    }
}
