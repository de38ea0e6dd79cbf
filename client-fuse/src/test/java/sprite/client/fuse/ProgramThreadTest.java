package sprite.client.fuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code /proc} says of threads that wait. */
final class ProgramThreadTest {
    private static String status(long thread, long process, long blocked, long ignored, long caught) {
        return """
                Name:\tSigPnd: ffff
                State:\tD (disk sleep)
                SigQ:\t1/95849
                SigPnd:\t%016x
                ShdPnd:\t%016x
                SigBlk:\t%016x
                SigIgn:\t%016x
                SigCgt:\t%016x
                Seccomp:\t0
                """.formatted(thread, process, blocked, ignored, caught);
    }

    @ParameterizedTest
    @CsvSource({
        // pending for thread, process; blocked, ignored, caught
        "0x100,  0,      0,      0,      0,      true", // KILL
        "0,      0x100,  0,      0,      0,      true",
        "0,      0x100,  0x100,  0,      0,      true", // which nobody can block
        "0,      0x4,    0,      0,      0,      true", // QUIT, by default
        "0,      0x4,    0,      0,      0x4,    false", // caught
        "0,      0x4,    0x4,    0,      0,      false", // blocked
        "0,      0x4,    0,      0x4,    0,      false", // ignored
        "0x2000, 0,      0,      0,      0x2000, false", // ALRM, as git has it
        "0,      0x8010000, 0,   0,      0,      false", // CHLD and WINCH, by default
        "0,      0x80000, 0,     0,      0,      false", // TSTP
        "0,      0,      0,      0,      0,      false",
    })
    void isEndedByDeadlySignalsOnly(long thread, long process, long blocked, long ignored, long caught, boolean ends) {
        assertEquals(ends, ProgramThread.isFatal(status(thread, process, blocked, ignored, caught)));
    }

    @ParameterizedTest
    @CsvSource({"4194304, false", "4194308, true", "4, true", "0, false"})
    void seesAThreadThatIsOnItsWayOut(long flags, boolean exiting) {
        String stat = "77 (a) b) D 1 77 77 0 -1 " + flags + " 100 0 0 0";
        assertEquals(exiting, ProgramThread.isExiting(stat));
    }

    @Test
    void takesWhatItCannotSeeForAlive() {
        assertFalse(ProgramThread.isEnding(0));
        assertFalse(ProgramThread.isEnding(Integer.MAX_VALUE));
    }

    @Test
    void isAliveItself() {
        assertFalse(ProgramThread.isEnding((int) ProcessHandle.current().pid()));
    }
}
