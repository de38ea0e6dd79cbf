package sprite.client.fuse.jnr;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A thread that reads requests from the kernel and carries each out itself, so that nothing is handed over. How many
 * read at a time is the {@link Workers}' decision. Confined to itself.
 */
final class Worker extends Thread {
    /** One request with the most data, 128 KiB, and its headers: libfuse's own buffer size. */
    private static final long BUFFER_SIZE = 0x21000;

    // struct fuse_buf: size, flags, mem, fd, pos.
    private static final long BUF_SIZE = 40;
    private static final long BUF_MEM = 16;

    private static final int EINTR = 4;

    private final Workers workers;
    private final long session;
    private final long channel;
    private volatile Request request;

    Worker(Workers workers, long session, long channel, int number) {
        super(null, null, "fuse-" + number, 0, false);
        this.workers = workers;
        this.session = session;
        this.channel = channel;
        this.request = Workers.NO_REQUEST;
        setDaemon(true);
    }

    /** What this worker carries out; it may be answered already. From any thread. */
    Request atWork() {
        return request;
    }

    /** The request that the current thread is carrying out; libfuse may also call while it is taken down. */
    static Request request() {
        return Thread.currentThread() instanceof Worker worker ? worker.request : Workers.NO_REQUEST;
    }

    @Override
    public void run() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(BUFFER_SIZE, 4096);
            MemorySegment buffer = arena.allocate(BUF_SIZE, Long.BYTES);
            MemorySegment channelPointer = arena.allocate(JAVA_LONG);
            serve(memory, buffer, channelPointer);
        } finally {
            workers.ended(this);
        }
    }

    private void serve(MemorySegment memory, MemorySegment buffer, MemorySegment channelPointer) {
        while (workers.mayRead()) {
            buffer.fill((byte) 0);
            buffer.set(JAVA_LONG, 0, BUFFER_SIZE);
            buffer.set(JAVA_LONG, BUF_MEM, memory.address());
            channelPointer.set(JAVA_LONG, 0, channel);
            int length = Native.receive(session, buffer.address(), channelPointer.address());
            if (length == -EINTR) {
                workers.readNothing();
                continue;
            }
            if (length <= 0) {
                return;
            }
            var next = new Request(memory.address());
            workers.startsWork(next);
            request = next;
            Native.process(session, buffer.address(), channelPointer.get(JAVA_LONG, 0));
            request = Workers.NO_REQUEST;
        }
    }
}
