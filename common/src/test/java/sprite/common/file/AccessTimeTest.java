package sprite.common.file;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class AccessTimeTest {
    private static final int DAY = 86_400;

    private static FileTime at(long seconds) {
        return new FileTime(seconds, 0);
    }

    @Test
    void countsTheFirstReadAfterAChange() {
        assertTrue(AccessTime.counts(at(1), at(2), at(3)));
        assertTrue(AccessTime.counts(at(2), at(2), at(3)));
        assertFalse(AccessTime.counts(at(3), at(2), at(4)));
    }

    @Test
    void countsOneReadADay() {
        assertFalse(AccessTime.counts(at(3), at(2), at(2 + DAY)));
        assertTrue(AccessTime.counts(at(3), at(2), at(3 + DAY)));
    }
}
