package sprite.server.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sprite.common.error.FsError;
import sprite.common.name.FileId;
import sprite.consistency.ClientId;

/** Random requests, answered by {@link LockSpace} and by {@link NaiveLocks}. {@code -Dseed=N} replays one run. */
class LockModelTest {
    private static final int STEPS = 300;
    private static final List<LockType> TYPES = List.of(LockType.values());
    private static final Set<FsError> SEEN = EnumSet.noneOf(FsError.class);
    private static boolean someoneWasWoken;

    private final LockSpace space = new LockSpace();
    private final NaiveLocks model = new NaiveLocks();
    private final List<String> history = new ArrayList<>();
    private long tickets;

    static LongStream seeds() {
        Long only = Long.getLong("seed");
        return only != null ? LongStream.of(only) : LongStream.range(0, 60);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void answersLikeOneCellForEachByte(long seed) {
        Random random = new Random(seed);
        for (int step = 0; step < STEPS; step++) {
            act(random);
            compareStates();
        }
    }

    @AfterAll
    static void everyKindOfAnswerWasGiven() {
        if (Long.getLong("seed") == null) {
            assertEquals(EnumSet.of(FsError.WOULD_BLOCK, FsError.DEADLOCK, FsError.STALE), SEEN);
            assertTrue(someoneWasWoken);
        }
    }

    private void act(Random random) {
        int dice = random.nextInt(100);
        if (dice < 90) {
            long ticket = ++tickets;
            LockWish wish = wish(random);
            boolean blocking = random.nextInt(3) > 0;
            history.add(ticket + ": " + wish + (blocking ? " waits" : ""));
            compare(model.ask(ticket, wish, blocking), space.ask(ticket, wish, blocking), ticket);
        } else if (dice < 97 && !model.waits().isEmpty()) {
            NaiveLocks.Wait wait =
                    model.waits().get(random.nextInt(model.waits().size()));
            history.add("cancel " + wait.ticket());
            assertTrue(space.cancel(wait.ticket(), wait.wish()), this::replay);
            assertTrue(model.cancel(wait.ticket()));
            assertFalse(space.cancel(wait.ticket(), wait.wish()), this::replay);
        } else if (dice >= 98) {
            ClientId client = new ClientId(random.nextInt(3));
            history.add("forget " + client);
            compare(model.forget(client), space.forget(client), 0);
        }
    }

    private static LockWish wish(Random random) {
        int owner = random.nextInt(6);
        LockType type = TYPES.get(random.nextInt(TYPES.size()));
        int start = random.nextInt(NaiveLocks.BYTES);
        int end = start + random.nextInt(NaiveLocks.BYTES - start);
        return new LockWish(
                new LockOwner(new ClientId(owner / 2), owner),
                new FileId(1, 1 + random.nextInt(2)),
                random.nextInt(4) == 0 ? LockKind.FLOCK : LockKind.POSIX,
                type,
                start,
                end == NaiveLocks.BYTES - 1 ? Long.MAX_VALUE : end,
                owner);
    }

    private void compare(List<Answer> expected, List<Answer> actual, long asker) {
        assertEquals(expected, actual, this::replay);
        for (Answer answer : actual) {
            FsError refusal = answer.refusal();
            if (refusal != null) {
                SEEN.add(refusal);
            } else if (answer.ticket() != asker) {
                someoneWasWoken = true;
            }
        }
    }

    private void compareStates() {
        assertEquals(model.waits().size(), space.waitingCount(), this::replay);
        for (NaiveLocks.Wait wait : model.waits()) {
            assertFalse(model.closes(wait.wish()), this::replay);
        }
        int stretches = 0;
        for (LockKind kind : LockKind.values()) {
            for (int inode = 1; inode <= 2; inode++) {
                for (int owner = 0; owner < 6; owner++) {
                    LockWish.Place place = new LockWish.Place(new FileId(1, inode), kind);
                    stretches += compareOwner(place, new LockOwner(new ClientId(owner / 2), owner));
                }
            }
        }
        assertEquals(stretches, space.heldCount(), this::replay);
    }

    /** Compares what {@code owner} may have at each byte; returns how many stretches it holds. */
    private int compareOwner(LockWish.Place place, LockOwner owner) {
        int stretches = 0;
        LockType before = LockType.UNLOCK;
        for (int at = 0; at < NaiveLocks.BYTES; at++) {
            LockType type = model.typeAt(place, owner, at);
            stretches += type != before && type != LockType.UNLOCK ? 1 : 0;
            before = type;
            for (LockType wanted : LockType.values()) {
                LockWish probe = new LockWish(owner, place.file(), place.kind(), wanted, at, at, 0);
                HeldLock conflict = space.conflict(probe);
                if (model.blockers(probe).isEmpty()) {
                    assertNull(conflict, this::replay);
                } else {
                    assertTrue(conflict != null
                            && model.blockers(probe).contains(conflict.owner().owner()));
                    assertEquals(model.typeAt(place, conflict.owner(), at), conflict.type(), this::replay);
                }
            }
        }
        return stretches;
    }

    private String replay() {
        return String.join("\n", history);
    }
}
