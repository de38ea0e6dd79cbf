package sprite.client.file;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import sprite.common.file.AccessTime;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;

/**
 * When programs of this host first read a file since it was changed, which the server hears with a Close. Looked at
 * once for each open and each change by this host, so that reading costs nothing. Until an answer was asked for behind
 * the Close, answers may not know of it, and are put right here. Marks are those of {@link FileCache#mark}.
 *
 * <p>Confined to the holder of the file's lock.
 */
final class ReadTime {
    private final AtomicLong marks;
    private FileTime accessed = FileTime.EPOCH;
    private FileTime changed = FileTime.EPOCH;
    private boolean looked;

    /** What an answer may not know. */
    private @Nullable FileTime own;

    /** Whether a Close carries {@code own}. */
    private boolean taken;

    /** From when on answers know {@code own}. */
    private long heardAt = Long.MAX_VALUE;

    ReadTime(AtomicLong marks) {
        this.marks = marks;
    }

    /** The server told the file's times at an open that was asked for at a mark. */
    void opened(sprite.common.wire.proto.Attributes told, long asked) {
        answered(asked);
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
            taken = false;
            heardAt = Long.MAX_VALUE;
        }
    }

    /** Attributes, asked for at a mark or cached (0), with what they may not know. */
    Attributes over(Attributes base, long asked) {
        answered(asked);
        return own != null && AccessTime.shows(base, own) ? base.withAccessed(own) : base;
    }

    private void answered(long asked) {
        if (own != null && asked >= heardAt) {
            accessed = own;
            own = null;
        }
    }

    /** What the server is about to be told of {@code file}, and {@link #sent} follows; null if there is nothing. */
    @Nullable
    FileTime take(FileId file, AttributeSink cached) {
        if (own == null || taken) {
            return null;
        }
        taken = true;
        cached.read(file, own);
        return own;
    }

    /** The Close with what was taken is sent: what is asked for from now on is asked behind it. */
    void sent(FileTime told) {
        if (told.equals(own)) {
            heardAt = marks.incrementAndGet();
        }
    }

    /** The access time was set, whatever was read before. */
    void set() {
        own = null;
    }
}
