package sprite.client.fuse.kernel;

/**
 * Where the fields of the structures lie that the kernel sends, in bytes from the beginning of each. Everything is in
 * the byte order of the machine and the same on all 64-bit architectures. Names that follow a structure end with NUL.
 *
 * <p>Source: {@code linux/fuse.h}, protocol 7.31 to 7.45; a structure is named after its C name without {@code fuse_}.
 */
final class In {
    private In() {}

    /** {@code struct fuse_in_header}: before every request. */
    static final class Header {
        static final long LENGTH = 0;
        static final long OPCODE = 4;
        static final long UNIQUE = 8;
        static final long NODE = 16;
        static final long UID = 24;
        static final long GID = 28;
        static final long PID = 32;
        static final long BYTES = 40;

        private Header() {}
    }

    /** {@code struct fuse_init_in}; an older kernel sends the first {@link #SHORT_BYTES} only. */
    static final class Init {
        static final long MAJOR = 0;
        static final long MINOR = 4;
        static final long READ_AHEAD_MAX = 8;
        static final long FLAGS = 12;
        static final long SHORT_BYTES = 16;
        static final long FLAGS2 = 16;

        private Init() {}
    }

    /** {@code struct fuse_setattr_in}. */
    static final class Setattr {
        static final long VALID = 0;
        static final long HANDLE = 8;
        static final long SIZE = 16;
        static final long ACCESSED = 32;
        static final long MODIFIED = 40;
        static final long ACCESSED_NANOS = 56;
        static final long MODIFIED_NANOS = 60;
        static final long MODE = 68;
        static final long UID = 76;
        static final long GID = 80;

        // Bits of VALID. The change time is sent only to those who let the kernel delay writes.
        static final int HAS_MODE = 1;
        static final int HAS_UID = 1 << 1;
        static final int HAS_GID = 1 << 2;
        static final int HAS_SIZE = 1 << 3;
        static final int HAS_ACCESSED = 1 << 4;
        static final int HAS_MODIFIED = 1 << 5;
        static final int HAS_HANDLE = 1 << 6;
        static final int ACCESSED_NOW = 1 << 7;
        static final int MODIFIED_NOW = 1 << 8;

        private Setattr() {}
    }

    /** {@code struct fuse_mknod_in}; the name follows. */
    static final class Mknod {
        static final long MODE = 0;
        static final long DEVICE = 4;
        static final long UMASK = 8;
        static final long BYTES = 16;

        private Mknod() {}
    }

    /** {@code struct fuse_mkdir_in}; the name follows. */
    static final class Mkdir {
        static final long MODE = 0;
        static final long UMASK = 4;
        static final long BYTES = 8;

        private Mkdir() {}
    }

    /** {@code struct fuse_rename_in} and {@code fuse_rename2_in}; the old and the new name follow. */
    static final class Rename {
        static final long TO_DIRECTORY = 0;
        static final long BYTES = 8;
        static final long FLAGS = 8;
        static final long BYTES_2 = 16;

        // Of renameat2(2).
        static final int NO_REPLACE = 1;
        static final int EXCHANGE = 2;

        private Rename() {}
    }

    /** {@code struct fuse_link_in}; the new name follows. */
    static final class Link {
        static final long NODE = 0;
        static final long BYTES = 8;

        private Link() {}
    }

    /** {@code struct fuse_open_in}. */
    static final class Open {
        static final long FLAGS = 0;

        private Open() {}
    }

    /** {@code struct fuse_create_in}; the name follows. */
    static final class Create {
        static final long FLAGS = 0;
        static final long MODE = 4;
        static final long UMASK = 8;
        static final long BYTES = 16;

        private Create() {}
    }

    /** {@code struct fuse_release_in}. */
    static final class Release {
        static final long HANDLE = 0;

        private Release() {}
    }

    /** {@code struct fuse_flush_in}. */
    static final class Flush {
        static final long HANDLE = 0;
        static final long LOCK_OWNER = 16;

        private Flush() {}
    }

    /** {@code struct fuse_read_in}; for files and directories. */
    static final class Read {
        static final long HANDLE = 0;
        static final long OFFSET = 8;
        static final long SIZE = 16;
        static final long FLAGS = 20;

        /** For a program, and not for pages that the kernel keeps: {@code FUSE_READ_LOCKOWNER}. */
        static final int FOR_PROGRAM = 1 << 1;

        private Read() {}
    }

    /** {@code struct fuse_write_in}; the data follow. */
    static final class Write {
        static final long HANDLE = 0;
        static final long OFFSET = 8;
        static final long SIZE = 16;
        static final long HOW = 20;
        static final long FLAGS = 32;
        static final long BYTES = 40;

        /** Of {@link #HOW}: pages into which programs stored, and not a program's write: {@code FUSE_WRITE_CACHE}. */
        static final int OF_PAGES = 1;

        private Write() {}
    }

    /** {@code struct fuse_fsync_in}. */
    static final class Fsync {
        static final long HANDLE = 0;
        static final long FLAGS = 8;

        static final int DATA_ONLY = 1;

        private Fsync() {}
    }

    /** {@code struct fuse_setxattr_in} as it is without FUSE_SETXATTR_EXT; name and value follow. */
    static final class Setxattr {
        static final long SIZE = 0;
        static final long FLAGS = 4;
        static final long BYTES = 8;

        // Of setxattr(2).
        static final int CREATE = 1;
        static final int REPLACE = 2;

        private Setxattr() {}
    }

    /** {@code struct fuse_getxattr_in}; for GETXATTR, the name follows. */
    static final class Getxattr {
        static final long SIZE = 0;
        static final long BYTES = 8;

        private Getxattr() {}
    }

    /** {@code struct fuse_lk_in}. */
    static final class Lock {
        static final long HANDLE = 0;
        static final long OWNER = 8;
        static final long START = 16;
        static final long END = 24;
        static final long TYPE = 32;
        static final long PID = 36;
        static final long FLAGS = 40;

        static final int FLOCK = 1;

        private Lock() {}
    }

    /** {@code struct fuse_access_in}. */
    static final class Access {
        static final long MASK = 0;

        private Access() {}
    }

    /** {@code struct fuse_interrupt_in}. */
    static final class Interrupt {
        static final long UNIQUE = 0;

        private Interrupt() {}
    }

    /** {@code struct fuse_copy_file_range_in}. */
    static final class CopyRange {
        static final long FROM_HANDLE = 0;
        static final long FROM_OFFSET = 8;
        static final long TO_HANDLE = 24;
        static final long TO_OFFSET = 32;
        static final long LENGTH = 40;
        static final long FLAGS = 48;

        private CopyRange() {}
    }

    /** {@code struct fuse_lseek_in}. */
    static final class Lseek {
        static final long HANDLE = 0;
        static final long OFFSET = 8;
        static final long WHENCE = 16;

        // Of lseek(2); the kernel sees to the others itself.
        static final int DATA = 3;
        static final int HOLE = 4;

        private Lseek() {}
    }

    /** {@code struct fuse_fallocate_in}. */
    static final class Fallocate {
        static final long HANDLE = 0;
        static final long OFFSET = 8;
        static final long LENGTH = 16;
        static final long MODE = 24;

        private Fallocate() {}
    }
}
