package sprite.client.file;

import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import sprite.common.file.AccessTime;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;

/**
 * When programs of this host first read a file since it was changed, which the server hears with a Close. Looked at
 * once for each open and each change by this host, so that reading costs nothing. Confined to the lock of its file.
 */
final class ReadTime {
    private FileTime accessed = FileTime.EPOCH;
    private FileTime changed = FileTime.EPOCH;
    private boolean looked;

    /** What the server has not heard. */
    private @Nullable FileTime own;

    /** The server told the file's times at an open. */
    void opened(sprite.common.wire.proto.Attributes told) {
        accessed = Wire.time(told.getAccessed());
        changed = FileTime.later(Wire.time(told.getChanged()), Wire.time(told.getModified()));
        looked = false;
    }

    /** This host wrote to the file: the next read may count. */
    void written() {
        looked = false;
    }

    /** A program read something; {@code modified} is when the file was last written, by what is known here. */
    void read(InstantSource clock, FileTime modified) {
        if (looked) {
            return;
        }
        looked = true;
        FileTime last = own == null ? accessed : own;
        FileTime change = FileTime.later(changed, modified);
        FileTime now = FileTime.later(FileTime.of(clock.instant()), change); // the clocks of hosts differ
        if (AccessTime.counts(last, change, now)) {
            own = now;
        }
    }

    /** The attributes with what the server has not heard. */
    Attributes over(Attributes base) {
        return own != null && AccessTime.shows(base, own) ? base.withAccessed(own) : base;
    }

    /** What the server is about to be told of {@code file}; null if there is nothing. */
    @Nullable
    FileTime take(FileId file, AttributeSink cached) {
        FileTime told = own;
        if (told != null) {
            own = null;
            accessed = told;
            cached.read(file, told);
        }
        return told;
    }

    /** The access time was set, whatever was read before. */
    void set() {
        own = null;
    }
}
