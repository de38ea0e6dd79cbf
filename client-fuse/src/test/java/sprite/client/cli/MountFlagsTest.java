package sprite.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sprite.client.fuse.jnr.JnrDriver;
import sprite.client.fuse.kernel.Caching;
import sprite.client.fuse.kernel.KernelDriver;

/** What {@code -o} says about the kernel's caches, and about takeovers. */
final class MountFlagsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            rw                            | NAMES_AND_ATTRIBUTES
            kernel_cache                  | NAMES_AND_ATTRIBUTES
            page_cache                    | PAGES_TOO
            nopage_cache                  | NAMES_AND_ATTRIBUTES
            kernel_cache+nopage_cache     | NAMES_AND_ATTRIBUTES
            nopage_cache+kernel_cache     | NAMES_AND_ATTRIBUTES
            nopage_cache+page_cache       | PAGES_TOO
            nokernel_cache                | NOTHING
            nokernel_cache+nopage_cache   | NOTHING
            page_cache+nokernel_cache     | NOTHING
            nokernel_cache+kernel_cache   | NAMES_AND_ATTRIBUTES
            nokernel_cache+page_cache     | PAGES_TOO
            """)
    void tellWhatTheKernelMayRemember(String words, Caching expected) throws CommandException {
        assertEquals(expected, MountFlags.parse(List.of(words.split("\\+"))).caching());
    }

    @Test
    void askForNothingByTurningItOff() throws CommandException {
        assertFalse(MountFlags.parse(List.of()).needsCaching());
        assertFalse(MountFlags.parse(List.of("nopage_cache", "nokernel_cache")).needsCaching());
        assertTrue(MountFlags.parse(List.of("kernel_cache", "nopage_cache")).needsCaching());
        assertTrue(MountFlags.parse(List.of("page_cache")).needsCaching());
    }

    @Test
    void keepAMountForAnotherDaemonOnlyIfTheySaySo() throws CommandException {
        assertFalse(MountFlags.parse(List.of()).survives());
        assertTrue(MountFlags.parse(List.of("takeover")).survives());
        assertTrue(MountFlags.parse(List.of("notakeover", "takeover")).survives());
        assertFalse(MountFlags.parse(List.of("takeover", "notakeover")).survives());
    }

    @Test
    void refuseATakeoverThatCannotBe() throws CommandException {
        MountFlags.parse(List.of("takeover")).check(KernelDriver.NAME);
        MountFlags.parse(List.of("page_cache")).check(KernelDriver.NAME);
        MountFlags.parse(List.of()).check(JnrDriver.NAME);
        for (List<String> words : List.of(List.of("takeover", "page_cache"), List.of("page_cache", "takeover"))) {
            MountFlags flags = MountFlags.parse(words);
            assertTrue(said(assertThrows(CommandException.class, () -> flags.check(KernelDriver.NAME)))
                    .contains("page_cache"));
        }
        MountFlags flags = MountFlags.parse(List.of("takeover"));
        assertTrue(said(assertThrows(CommandException.class, () -> flags.check(JnrDriver.NAME)))
                .contains("--driver " + KernelDriver.NAME));
    }

    private static String said(CommandException refused) {
        return String.valueOf(refused.getMessage());
    }

    @Test
    void refuseWhatIsUnknown() {
        CommandException refused = assertThrows(CommandException.class, () -> MountFlags.parse(List.of("pages")));
        assertTrue(String.valueOf(refused.getMessage()).contains("nopage_cache"));
    }
}
