package sprite.client.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Nothing is agreed upon that one side does not know. */
final class NegotiationTest {
    private static final long MAX_PAGES = 1L << 22;
    private static final long WRITEBACK_CACHE = 1L << 16;

    @Test
    void takesTheOlderVersion() {
        assertEquals(31, Negotiation.of(31, 0, 0).minor());
        assertEquals(Negotiation.MINOR_MAX, Negotiation.of(99, 0, 0).minor());
    }

    @Test
    void takesOnlyWhatIsOfferedAndUnderstood() {
        assertEquals(0, Negotiation.of(45, 0, 0).features());
        assertEquals(
                MAX_PAGES, Negotiation.of(45, 0, MAX_PAGES | WRITEBACK_CACHE).features());
    }

    @Test
    void readsAheadNoFurtherThanOneRequest() {
        assertEquals(4096, Negotiation.of(45, 4096, 0).readAheadMax());
        assertEquals(Negotiation.TRANSFER_MAX, Negotiation.of(45, -1, 0).readAheadMax());
    }
}
