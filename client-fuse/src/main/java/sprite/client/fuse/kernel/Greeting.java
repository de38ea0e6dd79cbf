package sprite.client.fuse.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import sprite.client.fuse.MountException;

/** The first exchange over a new mount, INIT, in which both sides say what they can do. Thread-safe: no state. */
final class Greeting {
    private Greeting() {}

    /**
     * Waits for the kernel's greeting, which comes at once, and answers it. What the kernel cannot do is logged.
     *
     * @param checks as in {@link Negotiation#of}
     */
    static Agreement exchange(Channel channel, Caching caching, boolean checks) throws MountException {
        try (Arena arena = Arena.ofConfined()) {
            var errors = new Libc.Errors(arena);
            MemorySegment input = arena.allocate(Channel.REQUEST_MAX, Long.BYTES);
            var reply = new Reply(arena.allocate(Reply.BYTES, Long.BYTES));
            while (true) {
                int length = channel.read(errors, input);
                if (length == 0) {
                    throw new MountException("the kernel ended the mount before it greeted");
                }
                var request = new Request(input, length);
                if (request.opcode() != Opcode.INIT) {
                    throw new MountException("the kernel began with request " + request.opcode());
                }
                if (request.intAt(In.Init.MAJOR) > Negotiation.MAJOR) {
                    answer(channel, errors, request, reply, own()); // it asks again in the older version
                    continue;
                }
                var agreement = new Agreement(negotiate(request, caching, checks), caching, checks);
                answer(channel, errors, request, reply, agreement.agreed());
                agreement.tell();
                return agreement;
            }
        }
    }

    private static Negotiation negotiate(Request request, Caching caching, boolean checks) throws MountException {
        int major = request.intAt(In.Init.MAJOR);
        int minor = request.intAt(In.Init.MINOR);
        if (major < Negotiation.MAJOR || minor < Negotiation.MINOR_MIN) {
            throw new MountException("this kernel speaks FUSE " + major + "." + minor + "; Linux 5.4 or later ("
                    + Negotiation.MAJOR + "." + Negotiation.MINOR_MIN + ") is needed");
        }
        long offered = Integer.toUnsignedLong(request.intAt(In.Init.FLAGS));
        if (request.bodyLength() > In.Init.SHORT_BYTES) {
            offered |= (long) request.intAt(In.Init.FLAGS2) << Integer.SIZE;
        }
        return Negotiation.of(minor, request.intAt(In.Init.READ_AHEAD_MAX), offered, caching, checks);
    }

    private static Negotiation own() {
        return new Negotiation(Negotiation.MINOR_MAX, 0, 0);
    }

    private static void answer(Channel channel, Libc.Errors errors, Request to, Reply reply, Negotiation agreed)
            throws MountException {
        Out.Init.put(reply.payload(), 0, agreed);
        long address = reply.seal(to.unique(), 0, (int) Out.Init.BYTES);
        if (!channel.write(errors, address, (int) (Out.Header.BYTES + Out.Init.BYTES))) {
            throw new MountException("the kernel does not take the answer to its greeting: " + errors.text());
        }
    }
}
