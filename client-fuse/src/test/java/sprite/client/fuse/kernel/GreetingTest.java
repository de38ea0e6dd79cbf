package sprite.client.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sprite.client.fuse.MountException;
import sprite.client.fuse.Terms;

/** How kernels of other versions are met, and what is said of it. */
final class GreetingTest {
    /** All bits that were assigned up to 7.31, and up to 7.45. */
    private static final long OF_31 = (1L << 30) - 1;

    private static final long OF_45 = (1L << 43) - 1;

    private final ScriptedKernel kernel = new ScriptedKernel();

    @AfterEach
    void close() {
        kernel.close();
    }

    /** Log lines, and what was agreed upon. */
    private record Outcome(List<String> said, Agreement agreement) {}

    private Outcome greeted(Caching caching) throws MountException {
        var said = new ByteArrayOutputStream();
        PrintStream former = System.err;
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8)); // where the log goes
        try {
            Agreement agreement = Greeting.exchange(kernel.channel(), caching, caching != Caching.NOTHING);
            return new Outcome(said.toString(StandardCharsets.UTF_8).lines().toList(), agreement);
        } finally {
            System.setErr(former);
        }
    }

    @Test
    void refusesAKernelThatIsTooOld() {
        kernel.greets(7, 30, OF_31, (int) In.Init.SHORT_BYTES);
        MountException refusal = assertThrows(MountException.class, () -> greeted(Caching.NAMES_AND_ATTRIBUTES));
        assertEquals("this kernel speaks FUSE 7.30; Linux 5.4 or later (7.31) is needed", refusal.getMessage());
        kernel.greets(6, 99, OF_31, (int) In.Init.SHORT_BYTES);
        refusal = assertThrows(MountException.class, () -> greeted(Caching.NAMES_AND_ATTRIBUTES));
        assertEquals("this kernel speaks FUSE 6.99; Linux 5.4 or later (7.31) is needed", refusal.getMessage());
    }

    @Test
    void doesWithoutWhatTheOldestKernelHasNotAndSaysSoInOneLine() throws Exception {
        kernel.greets(7, 31, OF_31, (int) In.Init.SHORT_BYTES);
        Outcome outcome = greeted(Caching.PAGES_TOO);
        kernel.isAnswered(1, 7, 31);
        Terms terms = outcome.agreement().terms();
        assertEquals("7.31", terms.protocol());
        assertEquals(
                "{attributesLent=on, namesLent=missing, needs FUSE 7.44 (Linux 6.16), listingsLend=missing, needs FUSE"
                        + " 7.44 (Linux 6.16), pagesLent=on, sharedMappings=missing, needs FUSE 7.39 (Linux 6.6),"
                        + " accessControlLists=on, changeOfHands=off, namelessFiles=missing, needs FUSE 7.37 (Linux"
                        + " 6.1), birthTimes=missing, needs FUSE 7.39 (Linux 6.6), largeRequests=on,"
                        + " parallelDirectories=on}",
                terms.features().toString());
        assertEquals(1, outcome.said().size(), outcome.said().toString());
        String line = outcome.said().getFirst();
        assertTrue(line.contains("FUSE 7.31"), line);
        assertTrue(line.contains("MAP_SHARED") && line.contains("Linux 6.6"), line);
        assertTrue(line.contains("O_TMPFILE"), line);
    }

    /** 7.31 ends behind the first flags; what lies behind is nobody's word. */
    @Test
    void readsNoMoreOfAShortGreetingThanThereIs() throws Exception {
        kernel.greets(7, 31, OF_45, (int) In.Init.SHORT_BYTES);
        assertEquals(0, greeted(Caching.PAGES_TOO).agreement().agreed().features() >>> Integer.SIZE);
    }

    @Test
    void lendsNoNamesToAKernelThatCannotForgetThem() throws Exception {
        kernel.greets(7, 43, OF_45, ScriptedKernel.LONG_BODY);
        Outcome outcome = greeted(Caching.NAMES_AND_ATTRIBUTES);
        kernel.isAnswered(1, 7, 43);
        assertFalse(outcome.agreement().agreed().knowsEpochs());
        Terms terms = outcome.agreement().terms();
        assertEquals("missing, needs FUSE 7.44 (Linux 6.16)", terms.features().get("namesLent"));
        assertEquals("on", terms.features().get("changeOfHands"));
        assertEquals("off", terms.features().get("pagesLent"));
        assertEquals(1, outcome.said().size(), outcome.said().toString());
        assertTrue(
                outcome.said().getFirst().contains("every name"), outcome.said().toString());
    }

    @Test
    void saysNothingWhereNothingThatWasWantedIsMissing() throws Exception {
        kernel.greets(7, 43, OF_45, ScriptedKernel.LONG_BODY);
        assertEquals(List.of(), greeted(Caching.NOTHING).said());
        kernel.greets(7, 45, OF_45, ScriptedKernel.LONG_BODY);
        Outcome outcome = greeted(Caching.PAGES_TOO);
        assertEquals(List.of(), outcome.said());
        outcome.agreement()
                .terms()
                .features()
                .forEach((feature, state) ->
                        assertEquals(feature.equals("changeOfHands") ? "off" : "on", state, feature));
    }

    @Test
    void speaksItsOwnVersionWithANewerKernel() throws Exception {
        kernel.greets(7, 77, -1L, ScriptedKernel.LONG_BODY);
        Outcome outcome = greeted(Caching.PAGES_TOO);
        kernel.isAnswered(1, 7, Negotiation.MINOR_MAX);
        assertEquals("7.45", outcome.agreement().terms().protocol());
    }

    /** It then begins anew in the older one. */
    @Test
    void saysItsMajorVersionToAKernelWithANewerOneAndWaits() throws Exception {
        kernel.greets(8, 3, -1L, ScriptedKernel.LONG_BODY);
        kernel.greets(7, 45, OF_45, ScriptedKernel.LONG_BODY);
        Outcome outcome = greeted(Caching.NAMES_AND_ATTRIBUTES);
        kernel.isAnswered(1, 7, Negotiation.MINOR_MAX);
        kernel.isAnswered(2, 7, Negotiation.MINOR_MAX);
        assertTrue(outcome.agreement().agreed().knowsEpochs());
        assertEquals(List.of(), outcome.said());
    }
}
