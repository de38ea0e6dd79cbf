package sprite.client.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;

/** What programs see of a file's access time while the server is being told of it. */
final class ReadTimeTest {
    private static final FileId FILE = new FileId(1, 2);
    private static final FileTime WRITTEN = new FileTime(100, 0);
    private static final FileTime READ = new FileTime(101, 0);

    private final AtomicLong marks = new AtomicLong();
    private final ReadTime readTime = new ReadTime(marks);

    @Test
    void isShownUntilAnAnswerCanKnowOfIt() {
        readTime.opened(Wire.toWire(told(WRITTEN)), marks.get());
        read(READ);
        assertEquals(READ, shown(WRITTEN, marks.get()), "before the file is closed");
        long early = marks.get();
        assertEquals(READ, readTime.take(FILE, AttributeSink.NONE));
        assertNull(readTime.take(FILE, AttributeSink.NONE), "told once");
        readTime.opened(Wire.toWire(told(WRITTEN)), early);
        assertEquals(READ, shown(WRITTEN, early), "while the Close is on its way");
        readTime.sent(READ);
        assertEquals(READ, shown(WRITTEN, early), "by an answer that overtook the Close");
        assertEquals(READ, shown(WRITTEN, 0), "by attributes that were cached then");
        assertEquals(WRITTEN, shown(WRITTEN, marks.get()), "the server knows, and the time was set back since");
        assertEquals(WRITTEN, shown(WRITTEN, 0));
    }

    @Test
    void isToldOfTheLastReadThatCounts() {
        readTime.opened(Wire.toWire(told(WRITTEN)), marks.get());
        read(READ);
        readTime.take(FILE, AttributeSink.NONE);
        readTime.written();
        FileTime later = new FileTime(105, 0);
        readTime.read(at(later), new FileTime(104, 0));
        readTime.sent(READ);
        assertEquals(later, shown(WRITTEN, marks.get()), "what the server has heard of is an older read");
        assertEquals(later, readTime.take(FILE, AttributeSink.NONE));
    }

    private void read(FileTime now) {
        readTime.read(at(now), WRITTEN);
    }

    private FileTime shown(FileTime accessed, long asked) {
        return readTime.over(told(accessed), asked).accessed();
    }

    private static InstantSource at(FileTime time) {
        return InstantSource.fixed(Instant.ofEpochSecond(time.seconds(), time.nanos()));
    }

    private static Attributes told(FileTime accessed) {
        return new Attributes(
                FILE,
                FileType.REGULAR,
                0644,
                1,
                0,
                0,
                0,
                4,
                4,
                accessed,
                WRITTEN,
                WRITTEN,
                WRITTEN,
                1,
                false,
                null,
                null);
    }
}
