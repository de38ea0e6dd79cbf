package sprite.client.fuse.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import sprite.client.fuse.MountException;
import sprite.client.fuse.MountOptions;

/**
 * Mounts with the help of {@code fusermount3}, which may do it for everybody: it opens {@code /dev/fuse}, mounts, and
 * sends the descriptor through a socket whose number it finds in the environment. Thread-safe: no state.
 *
 * <p>Source: fusermount3(1); the layouts are those of {@code struct msghdr} and {@code struct cmsghdr} in
 * {@code sys/socket.h}, the same on x86-64 and aarch64.
 */
final class Fusermount {
    private static final String PROGRAM = "fusermount3";

    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_CLOEXEC = 02000000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;

    // struct msghdr.
    private static final long MESSAGE_BYTES = 56;
    private static final long MESSAGE_PIECES = 16;
    private static final long MESSAGE_PIECE_COUNT = 24;
    private static final long MESSAGE_CONTROL = 32;
    private static final long MESSAGE_CONTROL_LENGTH = 40;

    // struct cmsghdr with one int.
    private static final long CONTROL_BYTES = 24;
    private static final long CONTROL_LEVEL = 8;
    private static final long CONTROL_TYPE = 12;
    private static final long CONTROL_DATA = 16;

    private Fusermount() {}

    /** Mounts, and returns the descriptor of the mount's {@code /dev/fuse}. */
    static int mount(Path at, MountOptions options) throws MountException {
        try (Arena arena = Arena.ofConfined()) {
            var errors = new Libc.Errors(arena);
            MemorySegment pair = arena.allocate(JAVA_INT, 2);
            if (Libc.socketpair(errors, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
                throw new MountException("no socket to speak with " + PROGRAM + ": " + errors.text());
            }
            int ours = pair.getAtIndex(JAVA_INT, 0);
            int theirs = pair.getAtIndex(JAVA_INT, 1);
            Spawn.Child child;
            try {
                child = Spawn.start(words(at, options), "_FUSE_COMMFD", theirs);
            } finally {
                int _ = Libc.close(errors, theirs); // so that its end is seen here
            }
            try {
                int fd = receive(arena, errors, ours);
                String said = child.await();
                if (fd < 0) {
                    throw new MountException("cannot mount " + at + ": " + said);
                }
                return fd;
            } finally {
                int _ = Libc.close(errors, ours);
            }
        }
    }

    private static List<String> words(Path at, MountOptions options) {
        String list = "fsname=" + options.source() + ",subtype=spritefs,nosuid,nodev,max_read="
                + Negotiation.TRANSFER_MAX
                + (options.readOnly() ? ",ro" : ",rw")
                + (options.allowOther() ? ",allow_other" : "")
                + (options.kernelChecks() ? ",default_permissions" : "");
        return List.of(PROGRAM, "-o", list, "--", at.toString());
    }

    /** The descriptor that comes with the one byte that is sent; -1 if none does. */
    private static int receive(Arena arena, Libc.Errors errors, int socket) {
        MemorySegment piece = arena.allocate(2 * Long.BYTES, Long.BYTES);
        piece.set(ADDRESS, 0, arena.allocate(1));
        piece.set(JAVA_LONG, Long.BYTES, 1);
        MemorySegment control = arena.allocate(CONTROL_BYTES, Long.BYTES);
        MemorySegment message = arena.allocate(MESSAGE_BYTES, Long.BYTES);
        message.set(ADDRESS, MESSAGE_PIECES, piece);
        message.set(JAVA_LONG, MESSAGE_PIECE_COUNT, 1);
        message.set(ADDRESS, MESSAGE_CONTROL, control);
        message.set(JAVA_LONG, MESSAGE_CONTROL_LENGTH, CONTROL_BYTES);
        boolean received = Libc.recvmsg(errors, socket, message, MSG_CMSG_CLOEXEC) > 0;
        boolean isDescriptor =
                control.get(JAVA_INT, CONTROL_LEVEL) == SOL_SOCKET && control.get(JAVA_INT, CONTROL_TYPE) == SCM_RIGHTS;
        return received && isDescriptor ? control.get(JAVA_INT, CONTROL_DATA) : -1;
    }
}
