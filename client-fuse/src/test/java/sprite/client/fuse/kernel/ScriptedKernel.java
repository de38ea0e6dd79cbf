package sprite.client.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The other end of a channel, for what a kernel would say that is not this machine's: a pair of sockets that keep
 * messages apart. Confined to the test's thread.
 */
final class ScriptedKernel implements AutoCloseable {
    /** Of {@code struct fuse_init_in} since 7.36. */
    static final int LONG_BODY = 64;

    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;

    private final Arena arena = Arena.ofConfined();
    private final Libc.Errors errors = new Libc.Errors(arena);
    private final MemorySegment message = arena.allocate(4096, Long.BYTES);
    private final int ownEnd;
    private final int otherEnd;
    private long lastUnique;

    ScriptedKernel() {
        MemorySegment pair = arena.allocate(JAVA_INT, 2);
        assertEquals(0, Libc.socketpair(errors, AF_UNIX, SOCK_SEQPACKET, 0, pair), errors.text());
        ownEnd = pair.getAtIndex(JAVA_INT, 0);
        otherEnd = pair.getAtIndex(JAVA_INT, 1);
    }

    /** What the driver has. */
    Channel channel() {
        return new Channel(otherEnd);
    }

    /** Says INIT, which waits until somebody reads it. */
    void greets(int major, int minor, long features, int bodyBytes) {
        int length = (int) In.Header.BYTES + bodyBytes;
        message.fill((byte) 0);
        message.set(JAVA_INT, In.Header.LENGTH, length);
        message.set(JAVA_INT, In.Header.OPCODE, Opcode.INIT);
        message.set(JAVA_LONG, In.Header.UNIQUE, ++lastUnique);
        message.set(JAVA_INT, In.Header.BYTES + In.Init.MAJOR, major);
        message.set(JAVA_INT, In.Header.BYTES + In.Init.MINOR, minor);
        message.set(JAVA_INT, In.Header.BYTES + In.Init.READ_AHEAD_MAX, 1 << 17);
        message.set(JAVA_INT, In.Header.BYTES + In.Init.FLAGS, (int) features);
        message.set(JAVA_INT, In.Header.BYTES + In.Init.FLAGS2, (int) (features >>> Integer.SIZE));
        assertEquals(length, Libc.write(errors, ownEnd, message.address(), length), errors.text());
    }

    /** Checks that request {@code unique} has been answered without an error, in this version. */
    void isAnswered(long unique, int major, int minor) {
        long length = Libc.read(errors, ownEnd, message.address(), message.byteSize());
        assertEquals(Out.Header.BYTES + Out.Init.BYTES, length, errors.text());
        assertEquals(length, message.get(JAVA_INT, 0));
        assertEquals(0, message.get(JAVA_INT, 4));
        assertEquals(unique, message.get(JAVA_LONG, 8));
        assertEquals(major, message.get(JAVA_INT, Out.Header.BYTES));
        assertEquals(minor, message.get(JAVA_INT, Out.Header.BYTES + 4));
    }

    /** Checks that the next message is this one. */
    void isTold(String golden) {
        long length = Libc.read(errors, ownEnd, message.address(), message.byteSize());
        assertEquals(Golden.length(golden), length, golden);
        Golden.assertBytes(golden, message, 0);
    }

    @Override
    public void close() {
        int _ = Libc.close(errors, ownEnd);
        int _ = Libc.close(errors, otherEnd);
        arena.close();
    }
}
