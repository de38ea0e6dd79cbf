package sprite.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/** A line for each client and cause. */
class RefusalsTest {
    private final List<String> lines = new ArrayList<>();
    private final Refusals refusals = new Refusals(lines::add);

    private void refuse(String client, String operation, String subject) {
        refusals.tell(client, "client " + client, new FsException(operation, subject, FsError.BAD_REQUEST));
    }

    @Test
    void tellsOnceWhatComesAgainAndAgain() {
        for (int i = 0; i < 10; i++) {
            refuse("a", "reopen", "file " + i);
        }
        assertEquals(1, lines.size());
        assertTrue(lines.getFirst().startsWith("refused client a: reopen file 0: BAD_REQUEST"), lines.getFirst());
        refuse("a", "lock", "file 1");
        assertEquals(2, lines.size(), "another cause");
        refuse("b", "reopen", "file 1");
        assertEquals(3, lines.size(), "another client");
    }

    @Test
    void remembersSoManyCausesAndNoMore() {
        for (int i = 0; i < Refusals.CAUSES_MAX; i++) {
            refuse("client " + i, "reopen", "file");
        }
        refuse("client 0", "reopen", "file");
        assertEquals(Refusals.CAUSES_MAX, lines.size());
        refuse("one more", "reopen", "file");
        refuse("client 0", "reopen", "file");
        assertEquals(Refusals.CAUSES_MAX + 2, lines.size(), "it is the oldest, and forgotten");
    }

    @Test
    void makesOneShortLineOfWhateverAClientCallsItself() {
        refusals.tell("a", "x\n2026 INFO all is well\u0007" + "y".repeat(5_000), refusal());
        assertEquals(1, lines.size());
        assertFalse(lines.getFirst().chars().anyMatch(Character::isISOControl), lines.getFirst());
        assertTrue(lines.getFirst().length() < 1_000, "" + lines.getFirst().length());
    }

    private static FsException refusal() {
        return new FsException("connect", "client 0", FsError.BAD_REQUEST);
    }
}
