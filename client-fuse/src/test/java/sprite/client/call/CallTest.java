package sprite.client.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class CallTest {
    private static final Duration DAY = Duration.ofDays(1);

    private final Call call = new Call("open", "/f", 7, 1000, 42);

    @Test
    void isTheCurrentOneOnlyWhileItIsCarriedOut() {
        assertNull(Call.current());
        assertEquals(5, call.carryOut(() -> {
            assertSame(call, Call.current());
            return 5;
        }));
        assertNull(Call.current());
    }

    @Test
    void isOverWhenTheServerHasBeenSilentForLongerThanPatienceEvenBeforeTheCall() {
        assertFalse(call.isOver(DAY.toNanos() - 1, DAY));
        assertTrue(call.isServerSilent());
        assertTrue(call.isOver(DAY.toNanos(), DAY));
    }

    @Test
    void isNeverOverOnAHardMount() {
        assertFalse(call.isOver(DAY.toNanos(), null));
    }

    /** Of several silences each is shorter than the patience, and so the last alone does not end the call. */
    @Test
    void addsTheSilencesUpThatItMeets() {
        long began = System.nanoTime();
        Duration patience = Duration.ofMillis(600);
        long silent = TimeUnit.MILLISECONDS.toNanos(300);
        boolean over = false;
        while (!over && System.nanoTime() - began < TimeUnit.SECONDS.toNanos(60)) {
            over = call.isOver(silent, patience);
        }
        assertTrue(over);
        assertTrue(System.nanoTime() - call.beganNanos() >= patience.toNanos());
    }

    @Test
    void takesAShortSilenceForThinking() {
        assertFalse(call.isOver(TimeUnit.MILLISECONDS.toNanos(100), Duration.ofMillis(200)));
        assertFalse(call.isServerSilent());
    }
}
