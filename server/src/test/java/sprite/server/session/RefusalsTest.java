package sprite.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.consistency.ClientId;

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
    void tellsEachTimeOfWhatIsNoFaultOfTheClient() {
        for (int i = 0; i < 3; i++) {
            refusals.tell("a", "client a", new FsException("connect", "the roll", FsError.NO_SPACE));
        }
        assertEquals(
                List.of("client a: connect the roll: NO_SPACE"),
                lines.stream().distinct().toList());
        assertEquals(3, lines.size());
    }

    /** Ends of lines, beginnings of commands to a terminal, turns of the direction of writing; and far too long. */
    private static final String NASTY = "x\n2026 INFO all is well\u0007\u009b2J\u2028\u2029\u202e" + "y".repeat(5_000);

    private static void assertFit(String line) {
        assertFalse(line.chars().anyMatch(Character::isISOControl), line);
        assertFalse(line.matches(".*[\u2028\u2029\u202e].*"), line);
        assertTrue(line.length() < 1_000, "" + line.length());
    }

    @Test
    void makesOneShortLineOfWhateverAClientCallsItself() {
        refusals.tell("a", NASTY, refusal());
        assertEquals(1, lines.size());
        assertFit(lines.getFirst());
    }

    @Test
    void saysWhichClientItIsWhateverThatCallsItself() {
        Session session = new Session(
                new Session.Birth(new ClientId(0xabc), NASTY, 7, 0, 0),
                new Holdings(1),
                new Traffic(),
                Runnable::run,
                refusals);
        assertFit(session + "");
        refusals.tell(session, refusal());
        assertFit(lines.getFirst());
        assertTrue(lines.getFirst().contains("(abc.7): connect client 0"), lines.getFirst());
    }

    @Test
    void cutsNamesBetweenCharacters() {
        String pairs = "\ud83d\ude00".repeat(Printable.NAME_MAX);
        assertEquals("a" + pairs.substring(0, Printable.NAME_MAX - 2) + "?...", Printable.name("a" + pairs));
        assertEquals("host:/mnt/\u00fc \ud83d\ude00", Printable.name("host:/mnt/\u00fc \ud83d\ude00"));
    }

    private static FsException refusal() {
        return new FsException("connect", "client 0", FsError.BAD_REQUEST);
    }
}
