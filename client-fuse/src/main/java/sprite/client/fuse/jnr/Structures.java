package sprite.client.fuse.jnr;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static sprite.client.fuse.jnr.Native.MEMORY;

import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.FuseFileInfo;
import ru.serce.jnrfuse.struct.Statvfs;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.StatFs;

/**
 * The structures that libfuse hands to callbacks, by address. Where the fields lie, which differs between x86-64 and
 * aarch64, is taken once from jnr-fuse. Thread-safe: no state.
 */
final class Structures {
    private Structures() {}

    /** {@code struct stat}. */
    static final class Stat {
        private static final FileStat SHAPE = new FileStat(Runtime.getSystemRuntime());

        /** Bytes that one takes. */
        static final int SIZE = Struct.size(SHAPE);

        private static final long INODE = SHAPE.st_ino.offset();
        private static final long MODE = SHAPE.st_mode.offset();
        private static final long LINKS = SHAPE.st_nlink.offset();
        private static final boolean ARE_LINKS_LONG =
                SHAPE.st_uid.offset() != LINKS + 4 && SHAPE.st_mode.offset() > LINKS;
        private static final long UID = SHAPE.st_uid.offset();
        private static final long GID = SHAPE.st_gid.offset();
        private static final long DEVICE = SHAPE.st_rdev.offset();
        private static final long LENGTH = SHAPE.st_size.offset();
        private static final long BLOCK_SIZE = SHAPE.st_blksize.offset();
        private static final long BLOCKS = SHAPE.st_blocks.offset();
        private static final long ACCESSED = SHAPE.st_atim.tv_sec.offset();
        private static final long MODIFIED = SHAPE.st_mtim.tv_sec.offset();
        private static final long CHANGED = SHAPE.st_ctim.tv_sec.offset();

        /** What st_blksize says: the transfer size that suits programs. */
        private static final int PREFERRED_TRANSFER = 128 * 1024;

        /** Unit of st_blocks, fixed by Linux. */
        private static final int SECTOR = 512;

        private Stat() {}

        /** Fills a structure, which libfuse has cleared. */
        static void put(long at, Attributes a, int links) {
            putEntry(at, a.file(), a.statMode());
            if (ARE_LINKS_LONG) {
                MEMORY.set(JAVA_LONG, at + LINKS, links);
            } else {
                MEMORY.set(JAVA_INT, at + LINKS, links);
            }
            MEMORY.set(JAVA_INT, at + UID, a.uid());
            MEMORY.set(JAVA_INT, at + GID, a.gid());
            MEMORY.set(JAVA_LONG, at + DEVICE, a.device());
            MEMORY.set(JAVA_LONG, at + LENGTH, a.size());
            MEMORY.set(JAVA_INT, at + BLOCK_SIZE, PREFERRED_TRANSFER);
            MEMORY.set(JAVA_LONG, at + BLOCKS, (a.allocated() + SECTOR - 1) / SECTOR);
            putTime(at + ACCESSED, a.accessed());
            putTime(at + MODIFIED, a.modified());
            putTime(at + CHANGED, a.changed());
        }

        /** Fills what readdir(3) tells: number and type. */
        static void putEntry(long at, FileId file, int mode) {
            MEMORY.set(JAVA_LONG, at + INODE, file.statInode());
            MEMORY.set(JAVA_INT, at + MODE, mode);
        }

        private static void putTime(long at, FileTime time) {
            MEMORY.set(JAVA_LONG, at, time.seconds());
            MEMORY.set(JAVA_LONG, at + Long.BYTES, time.nanos());
        }
    }

    /** {@code struct fuse_file_info}. */
    static final class FileInfo {
        private static final FuseFileInfo SHAPE =
                FuseFileInfo.of(jnr.ffi.Memory.allocate(Runtime.getSystemRuntime(), 64));
        private static final long FLAGS = SHAPE.flags.offset();
        private static final long HANDLE = SHAPE.fh.offset();
        private static final long LOCK_OWNER = SHAPE.lock_owner.offset();

        private FileInfo() {}

        /** Flags of open(2); in a write, those of now. */
        static int flags(long at) {
            return MEMORY.get(JAVA_INT, at + FLAGS);
        }

        /** Our own number, given at open. */
        static long handle(long at) {
            return MEMORY.get(JAVA_LONG, at + HANDLE);
        }

        static void putHandle(long at, long handle) {
            MEMORY.set(JAVA_LONG, at + HANDLE, handle);
        }

        static long lockOwner(long at) {
            return MEMORY.get(JAVA_LONG, at + LOCK_OWNER);
        }
    }

    /** {@code struct fuse_conn_info} of libfuse 2: numbers of 4 bytes, the same everywhere. */
    static final class Connection {
        private static final long CAPABLE = 20;
        private static final long WANTED = 24;

        /** {@code FUSE_CAP_DONT_MASK}. */
        private static final int DONT_MASK = 1 << 6;

        private Connection() {}

        /** Has the kernel leave it to the file system to apply the umask of programs. */
        static void leaveMasking(long at) {
            int wanted = MEMORY.get(JAVA_INT, at + WANTED);
            MEMORY.set(JAVA_INT, at + WANTED, wanted | (MEMORY.get(JAVA_INT, at + CAPABLE) & DONT_MASK));
        }
    }

    /** {@code struct statvfs}. */
    static final class FileSystemStat {
        private static final Statvfs SHAPE = new Statvfs(Runtime.getSystemRuntime());

        private FileSystemStat() {}

        static void put(long at, StatFs s) {
            MEMORY.set(JAVA_LONG, at + SHAPE.f_bsize.offset(), s.blockSize());
            MEMORY.set(JAVA_LONG, at + SHAPE.f_frsize.offset(), s.blockSize());
            MEMORY.set(JAVA_LONG, at + SHAPE.f_blocks.offset(), s.blocks());
            MEMORY.set(JAVA_LONG, at + SHAPE.f_bfree.offset(), s.blocksFree());
            MEMORY.set(JAVA_LONG, at + SHAPE.f_bavail.offset(), s.blocksAvailable());
            MEMORY.set(JAVA_LONG, at + SHAPE.f_files.offset(), s.files());
            MEMORY.set(JAVA_LONG, at + SHAPE.f_ffree.offset(), s.filesFree());
            MEMORY.set(JAVA_LONG, at + SHAPE.f_favail.offset(), s.filesFree());
            MEMORY.set(JAVA_LONG, at + SHAPE.f_namemax.offset(), s.nameMax());
        }
    }

    /** {@code struct flock}: the same on x86-64 and aarch64. */
    static final class Flock {
        private static final long WHENCE = 2;
        private static final long START = 8;
        private static final long LENGTH = 16;
        private static final long PID = 24;

        private Flock() {}

        static short type(long at) {
            return MEMORY.get(JAVA_SHORT, at);
        }

        static long start(long at) {
            return MEMORY.get(JAVA_LONG, at + START);
        }

        /** Last byte, inclusive; a length of 0 means to the end of the file. */
        static long end(long at) {
            long length = MEMORY.get(JAVA_LONG, at + LENGTH);
            return length == 0 ? Long.MAX_VALUE : start(at) + length - 1;
        }

        static int pid(long at) {
            return MEMORY.get(JAVA_INT, at + PID);
        }

        static void putType(long at, int type) {
            MEMORY.set(JAVA_SHORT, at, (short) type);
        }

        static void put(long at, int type, long start, long end, int pid) {
            putType(at, type);
            MEMORY.set(JAVA_SHORT, at + WHENCE, (short) 0);
            MEMORY.set(JAVA_LONG, at + START, start);
            MEMORY.set(JAVA_LONG, at + LENGTH, end == Long.MAX_VALUE ? 0 : end - start + 1);
            MEMORY.set(JAVA_INT, at + PID, pid);
        }
    }
}
