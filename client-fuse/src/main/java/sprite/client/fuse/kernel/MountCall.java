package sprite.client.fuse.kernel;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import sprite.client.fuse.MountException;
import sprite.client.fuse.MountOptions;

/** Mounts and unmounts by mount(2) and umount2(2), as only root may. Thread-safe: no state. */
final class MountCall {
    private static final String DEVICE = "/dev/fuse";

    /** What mount(8) and {@code /proc/self/mountinfo} show as the type. */
    private static final String TYPE = "fuse.spritefs";

    private MountCall() {}

    /** Mounts, and returns the descriptor of the mount's {@code /dev/fuse}. */
    static int mount(Path at, MountOptions options) throws MountException {
        try (Arena arena = Arena.ofConfined()) {
            var errors = new Libc.Errors(arena);
            int fd = Libc.open(errors, arena.allocateFrom(DEVICE), Libc.O_RDWR | Libc.O_CLOEXEC);
            if (fd < 0) {
                throw new MountException(DEVICE + " cannot be opened: " + errors.text());
            }
            long flags = Libc.MS_NOSUID | Libc.MS_NODEV | (options.readOnly() ? Libc.MS_RDONLY : 0);
            int result = Libc.mount(
                    errors,
                    arena.allocateFrom(options.source()),
                    arena.allocateFrom(at.toString()),
                    arena.allocateFrom(TYPE),
                    flags,
                    arena.allocateFrom(data(fd, options)));
            if (result != 0) {
                var refused = new MountException("cannot mount " + at + ": " + errors.text());
                int _ = Libc.close(errors, fd);
                throw refused;
            }
            return fd;
        }
    }

    /** The kernel's own options; see {@code Documentation/filesystems/fuse.rst}. */
    private static String data(int fd, MountOptions options) {
        return "fd=" + fd
                + ",rootmode=40000,user_id=" + Integer.toUnsignedString(Libc.geteuid())
                + ",group_id=" + Integer.toUnsignedString(Libc.getegid())
                + ",max_read=" + Negotiation.TRANSFER_MAX
                + (options.allowOther() ? ",allow_other" : "")
                + (options.kernelChecks() ? ",default_permissions" : "");
    }

    /** Takes a mount away; false if a program uses it and {@code lazily} is not wanted, or if there is none. */
    static boolean unmount(Path at, boolean lazily) {
        try (Arena arena = Arena.ofConfined()) {
            int flags = Libc.UMOUNT_NOFOLLOW | (lazily ? Libc.MNT_DETACH : 0);
            return Libc.umount2(new Libc.Errors(arena), arena.allocateFrom(at.toString()), flags) == 0;
        }
    }
}
