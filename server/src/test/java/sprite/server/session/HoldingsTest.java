package sprite.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import sprite.common.name.FileId;

/** Which grants go when there are too many. */
final class HoldingsTest {
    private static GrantKey key(int number) {
        return GrantKey.attributes(new FileId(1, number));
    }

    private static List<GrantKey> keys(int... numbers) {
        return IntStream.of(numbers).mapToObj(HoldingsTest::key).toList();
    }

    private static Holdings full(int grants) {
        var holdings = new Holdings(grants);
        for (int i = 1; i <= grants; i++) {
            assertEquals(List.of(), holdings.granted(key(i)));
        }
        return holdings;
    }

    @Test
    void takesWhatWasAskedForLeastRecently() {
        Holdings holdings = full(5);
        holdings.askedAgain(key(1));
        holdings.askedAgain(key(3));
        assertEquals(keys(2), holdings.granted(key(6)));
        assertEquals(keys(4), holdings.granted(key(7)));
        assertEquals(keys(5, 1, 3, 6, 7), holdings.grants());
        holdings.askedAgain(key(5));
        assertEquals(keys(1), holdings.granted(key(8)));
    }

    @Test
    void doesNotEnterAgainWhatIsAboutToBeTakenBack() {
        Holdings holdings = full(5);
        assertEquals(keys(1), holdings.granted(key(6)));
        holdings.askedAgain(key(1));
        assertEquals(keys(2, 3, 4, 5, 6), holdings.grants());
    }

    @Test
    void takesATenthAtOnceButNotMoreThanFiveHundred() {
        assertEquals(keys(1, 2), full(20).granted(key(21)));
        assertEquals(500, full(10_000).granted(key(10_001)).size());
        assertEquals(keys(1), full(1).granted(key(2)));
    }

    @Test
    void countsWhatIsGoneNoMore() {
        Holdings holdings = full(5);
        holdings.revoked(key(1));
        assertEquals(List.of(), holdings.granted(key(6)));
        assertEquals(5, holdings.grantCount());
    }
}
