package sprite.client.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Nothing is agreed upon that one side does not know. */
final class NegotiationTest {
    private static final long MAX_PAGES = 1L << 22;
    private static final long WRITEBACK_CACHE = 1L << 16;

    @Test
    void takesTheOlderVersion() {
        assertEquals(31, Negotiation.of(31, 0, 0, Caching.NOTHING, false).minor());
        assertEquals(
                Negotiation.MINOR_MAX,
                Negotiation.of(99, 0, 0, Caching.NOTHING, false).minor());
    }

    @Test
    void takesOnlyWhatIsOfferedAndUnderstood() {
        assertEquals(0, Negotiation.of(45, 0, 0, Caching.NOTHING, false).features());
        assertEquals(
                MAX_PAGES,
                Negotiation.of(45, 0, MAX_PAGES | WRITEBACK_CACHE, Caching.NOTHING, false)
                        .features());
    }

    @Test
    void readsAheadNoFurtherThanOneRequest() {
        assertEquals(4096, Negotiation.of(45, 4096, 0, Caching.NOTHING, false).readAheadMax());
        assertEquals(
                Negotiation.TRANSFER_MAX,
                Negotiation.of(45, -1, 0, Caching.NOTHING, false).readAheadMax());
    }

    @Test
    void asksForAttributesWithListingsWhereTheyMayBeRememberedOnly() {
        long listing = 1L << 13 | 1L << 14;
        assertEquals(
                listing,
                Negotiation.of(44, 0, listing, Caching.NAMES_AND_ATTRIBUTES, false)
                        .features());
        assertEquals(
                0,
                Negotiation.of(43, 0, listing, Caching.NAMES_AND_ATTRIBUTES, false)
                        .features());
        assertEquals(0, Negotiation.of(44, 0, listing, Caching.NOTHING, false).features());
    }

    @Test
    void letsFilesInDirectModeBeMappedSharedWherePagesMayBeKeptOnly() {
        long mapping = 1L << 36;
        assertEquals(
                mapping,
                Negotiation.of(45, 0, mapping, Caching.PAGES_TOO, false).features());
        assertEquals(
                0,
                Negotiation.of(45, 0, mapping, Caching.NAMES_AND_ATTRIBUTES, false)
                        .features());
    }
}
