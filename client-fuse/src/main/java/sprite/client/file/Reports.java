package sprite.client.file;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import sprite.common.file.FileTime;

/**
 * How far the server knows the size and modification time that this client owns: what has changed here since, what is
 * on its way, and from when on its answers have heard of it; and when the file was read. Marks are those of
 * {@link FileCache#mark}.
 *
 * <p>Confined to the holder of the file's lock.
 */
final class Reports {
    final ReadTime readTime;
    private final AtomicLong marks;
    private boolean due;
    private boolean taken;
    private int unsent;
    private long sentAt;

    /** From when on answers know every size that was ever cached here. */
    private long homeAt;

    Reports(AtomicLong marks) {
        this.marks = marks;
        readTime = new ReadTime(marks);
    }

    /** Something changed here that the server has to hear, or had in this client's life before. */
    void become() {
        due = true;
    }

    /** Whether something has changed here since a report was last taken. */
    boolean isDue() {
        return due;
    }

    /** What is due goes out with the next frame. */
    void take() {
        taken = taken || due;
        due = false;
    }

    /**
     * A frame is posted.
     *
     * @param read when the file was read, if the frame says so
     * @return what to run when it is sent: what is asked for from then on is asked behind it
     */
    Runnable post(@Nullable FileTime read) {
        boolean carries = taken;
        if (carries) {
            taken = false;
            unsent++;
        }
        return () -> {
            if (carries) {
                unsent--;
                sentAt = marks.incrementAndGet();
            }
            if (read != null) {
                readTime.sent(read);
            }
        };
    }

    /** The server has answered a request that told it everything. */
    void arrived() {
        due = false;
        sentAt = marks.incrementAndGet();
    }

    /**
     * The right to cache is lost.
     *
     * @param dirty whether something that was written under it has yet to be written back
     */
    void lost(boolean dirty) {
        homeAt = dirty ? Long.MAX_VALUE : marks.incrementAndGet();
    }

    /**
     * Whether an answer knows every size that was cached here, reported or not, and so may know of a later one. 0
     * stands for attributes that are cached.
     */
    boolean areSizesHome(long asked) {
        return asked >= homeAt || (asked == 0 && homeAt < Long.MAX_VALUE);
    }

    /** The server has changed the file for this client and knows best. */
    void forget() {
        due = false;
        sentAt = 0;
    }

    /** Whether an answer was surely given without knowledge of what is known here. */
    boolean areAhead() {
        return due || taken || unsent > 0;
    }

    /** Whether the answer to what was asked at a mark may have been given before the last report arrived. */
    boolean mayHaveCrossed(long asked) {
        return sentAt > asked;
    }
}
