package sprite.client.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import sprite.client.box.Box;
import sprite.client.fuse.MemoryFileSystem;

/** What is answered to what the kernel seldom asks. */
final class OperationsTest {
    private static final int ENOSYS = 38;
    private static final int EAGAIN = 11;
    private static final int ESTALE = 116;

    private final Reply reply = new Reply(Arena.ofAuto().allocate(Reply.BYTES, Long.BYTES));

    private static Request of(int opcode) {
        MemorySegment memory = Arena.ofAuto().allocate(4096, Long.BYTES);
        memory.set(ValueLayout.JAVA_INT, In.Header.OPCODE, opcode);
        return new Request(memory, (int) In.Header.BYTES + 64);
    }

    private static Operations operations(LongPredicate interrupt) {
        var files = new MemoryFileSystem();
        var nodes = new Nodes(files);
        var notices = new Notices(new Channel(-1), nodes, false);
        return new Operations(files, nodes, new Borrowing(files, false, false, false), notices, Box.NONE, interrupt);
    }

    @Test
    void saysThatItDoesNotKnowAnUnknownRequest() {
        var operations = operations(_ -> false);
        assertEquals(-ENOSYS, operations.carryOut(of(4711), reply));
    }

    @Test
    void answersNothingWhenTheKernelForgets() {
        var operations = operations(_ -> false);
        assertEquals(Operations.NO_REPLY, operations.carryOut(of(Opcode.FORGET), reply));
        assertEquals(Operations.NO_REPLY, operations.carryOut(of(Opcode.BATCH_FORGET), reply));
    }

    @Test
    void refusesHandlesThatAreNotOpen() {
        var operations = operations(_ -> false);
        assertEquals(-ESTALE, operations.carryOut(Golden.request("read"), reply));
    }

    @Test
    void interruptsALockRequestThatIsCarriedOut() {
        Request waiting = of(Opcode.SETLKW);
        var operations = operations(unique -> {
            assertEquals(0x10, unique);
            waiting.interrupt();
            return true;
        });
        assertFalse(waiting.isInterrupted());
        assertEquals(Operations.NO_REPLY, operations.carryOut(Golden.request("interrupt"), reply));
        assertTrue(waiting.isInterrupted());
    }

    @Test
    void asksForAnInterruptAgainThatCameBeforeItsRequest() {
        var asked = new AtomicReference<Long>();
        var operations = operations(unique -> {
            asked.set(unique);
            return false;
        });
        assertEquals(-EAGAIN, operations.carryOut(Golden.request("interrupt"), reply));
        assertEquals(0x10L, asked.get());
    }
}
