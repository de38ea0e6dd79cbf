package sprite.client.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.wire.StatFs;

/**
 * Fills the structures that go to the kernel. Every field is written, as the memory holds an older reply. {@code at} is
 * where a structure begins, a multiple of 8. Thread-safe: no state.
 *
 * <p>Source: {@code linux/fuse.h}, protocol 7.31 to 7.45; a structure is named after its C name without {@code fuse_}.
 */
final class Out {
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private Out() {}

    /** {@code struct fuse_out_header}: before every reply. */
    static final class Header {
        static final long BYTES = 16;

        private Header() {}

        /** The length includes this header; the error is 0 or negative. */
        static void put(MemorySegment to, long at, int length, int error, long unique) {
            to.set(JAVA_INT, at, length);
            to.set(JAVA_INT, at + 4, error);
            to.set(JAVA_LONG, at + 8, unique);
        }
    }

    /** {@code struct fuse_attr}. */
    static final class Attr {
        static final long BYTES = 88;

        /** What st_blksize says: the transfer size that suits programs, many of which make buffers of it. */
        private static final int PREFERRED_TRANSFER = 128 * 1024;

        /** Unit of st_blocks, fixed by Linux. */
        private static final int SECTOR = 512;

        private Attr() {}

        static void put(MemorySegment to, long at, Attributes a) {
            to.set(JAVA_LONG, at, a.file().statInode());
            to.set(JAVA_LONG, at + 8, a.size());
            to.set(JAVA_LONG, at + 16, (a.allocated() + SECTOR - 1) / SECTOR);
            to.set(JAVA_LONG, at + 24, a.accessed().seconds());
            to.set(JAVA_LONG, at + 32, a.modified().seconds());
            to.set(JAVA_LONG, at + 40, a.changed().seconds());
            to.set(JAVA_INT, at + 48, a.accessed().nanos());
            to.set(JAVA_INT, at + 52, a.modified().nanos());
            to.set(JAVA_INT, at + 56, a.changed().nanos());
            to.set(JAVA_INT, at + 60, a.statMode());
            to.set(JAVA_INT, at + 64, a.links());
            to.set(JAVA_INT, at + 68, a.uid());
            to.set(JAVA_INT, at + 72, a.gid());
            to.set(JAVA_INT, at + 76, (int) a.device());
            to.set(JAVA_INT, at + 80, PREFERRED_TRANSFER);
            to.set(JAVA_INT, at + 84, 0);
        }
    }

    /** {@code struct fuse_attr_out}. */
    static final class AttrReply {
        static final long BYTES = 16 + Attr.BYTES;

        private AttrReply() {}

        /** @param validNanos how long the kernel may answer with these attributes itself */
        static void put(MemorySegment to, long at, Attributes a, long validNanos) {
            to.set(JAVA_LONG, at, validNanos / NANOS_PER_SECOND);
            to.set(JAVA_INT, at + 8, (int) (validNanos % NANOS_PER_SECOND));
            to.set(JAVA_INT, at + 12, 0);
            Attr.put(to, at + 16, a);
        }
    }

    /** {@code struct fuse_statx_out}, with the {@code struct fuse_statx} in it. */
    static final class StatxReply {
        static final long BYTES = 32 + 256;

        /** STATX_BASIC_STATS and STATX_BTIME of linux/stat.h: what is told. */
        private static final int TOLD = 0x7ff | 0x800;

        private StatxReply() {}

        /** @param validNanos how long the kernel may answer with these attributes itself */
        static void put(MemorySegment to, long at, Attributes a, long validNanos) {
            to.asSlice(at, BYTES).fill((byte) 0);
            to.set(JAVA_LONG, at, validNanos / NANOS_PER_SECOND);
            to.set(JAVA_INT, at + 8, (int) (validNanos % NANOS_PER_SECOND));
            to.set(JAVA_INT, at + 32, TOLD);
            to.set(JAVA_INT, at + 36, Attr.PREFERRED_TRANSFER);
            to.set(JAVA_INT, at + 48, a.links());
            to.set(JAVA_INT, at + 52, a.uid());
            to.set(JAVA_INT, at + 56, a.gid());
            to.set(JAVA_SHORT, at + 60, (short) a.statMode());
            to.set(JAVA_LONG, at + 64, a.file().statInode());
            to.set(JAVA_LONG, at + 72, a.size());
            to.set(JAVA_LONG, at + 80, (a.allocated() + Attr.SECTOR - 1) / Attr.SECTOR);
            putTime(to, at + 96, a.accessed());
            putTime(to, at + 112, a.created());
            putTime(to, at + 128, a.changed());
            putTime(to, at + 144, a.modified());
            to.set(JAVA_INT, at + 160, major((int) a.device()));
            to.set(JAVA_INT, at + 164, minor((int) a.device()));
        }

        private static void putTime(MemorySegment to, long at, FileTime time) {
            to.set(JAVA_LONG, at, time.seconds());
            to.set(JAVA_INT, at + 8, time.nanos());
        }

        // A device number in 32 bits, as new_encode_dev() of linux/kdev_t.h makes it.

        private static int major(int device) {
            return (device >>> 8) & 0xfff;
        }

        private static int minor(int device) {
            return (device & 0xff) | ((device >>> 12) & 0xfff00);
        }
    }

    /** {@code struct fuse_entry_out}. */
    static final class Entry {
        private static final long ATTRIBUTES = 40;
        static final long BYTES = ATTRIBUTES + Attr.BYTES;

        private Entry() {}

        /**
         * An entry whose attributes the kernel asks for before it shows them.
         *
         * @param validNanos how long the kernel may find the entry itself
         */
        static void put(MemorySegment to, long at, long node, Attributes a, long validNanos) {
            put(to, at, node, a, validNanos, 0);
        }

        /**
         * An entry with attributes that the kernel may show.
         *
         * @param attributesNanos for how long
         */
        static void put(MemorySegment to, long at, long node, Attributes a, long validNanos, long attributesNanos) {
            putNode(to, at, node, validNanos, attributesNanos);
            Attr.put(to, at + ATTRIBUTES, a);
        }

        /** That there is no such entry. */
        static void putAbsent(MemorySegment to, long at, long validNanos) {
            to.asSlice(at, BYTES).fill((byte) 0);
            putNode(to, at, 0, validNanos, 0);
        }

        private static void putNode(MemorySegment to, long at, long node, long validNanos, long attributesNanos) {
            to.set(JAVA_LONG, at, node);
            to.set(JAVA_LONG, at + 8, 0); // generation: no node id is ever used again
            to.set(JAVA_LONG, at + 16, validNanos / NANOS_PER_SECOND);
            to.set(JAVA_LONG, at + 24, attributesNanos / NANOS_PER_SECOND);
            to.set(JAVA_INT, at + 32, (int) (validNanos % NANOS_PER_SECOND));
            to.set(JAVA_INT, at + 36, (int) (attributesNanos % NANOS_PER_SECOND));
        }
    }

    /** {@code struct fuse_open_out}. */
    static final class Open {
        static final long BYTES = 16;

        /** Reads and writes come here, past the kernel's cache. */
        static final int DIRECT_IO = 1;

        /** What the kernel has of the file from before is still good. */
        static final int KEEP_CACHE = 1 << 1;

        /** Direct writes of one file that do not extend it may come at the same time. */
        static final int PARALLEL_DIRECT_WRITES = 1 << 6;

        private Open() {}

        static void put(MemorySegment to, long at, long handle, int flags) {
            to.set(JAVA_LONG, at, handle);
            to.set(JAVA_INT, at + 8, flags);
            to.set(JAVA_INT, at + 12, 0);
        }

        /** The handle that was put. */
        static long handle(MemorySegment from, long at) {
            return from.get(JAVA_LONG, at);
        }
    }

    /** {@code struct fuse_write_out}. */
    static final class Write {
        static final long BYTES = 8;

        private Write() {}

        static void put(MemorySegment to, long at, int size) {
            to.set(JAVA_INT, at, size);
            to.set(JAVA_INT, at + 4, 0);
        }
    }

    /** {@code struct fuse_lseek_out}. */
    static final class Lseek {
        static final long BYTES = 8;

        private Lseek() {}

        static void put(MemorySegment to, long at, long offset) {
            to.set(JAVA_LONG, at, offset);
        }
    }

    /** {@code struct fuse_getxattr_out}: how long a value is. */
    static final class Getxattr {
        static final long BYTES = 8;

        private Getxattr() {}

        static void put(MemorySegment to, long at, int size) {
            to.set(JAVA_INT, at, size);
            to.set(JAVA_INT, at + 4, 0);
        }
    }

    /** {@code struct fuse_kstatfs}. */
    static final class Statfs {
        static final long BYTES = 80;

        private Statfs() {}

        static void put(MemorySegment to, long at, StatFs s) {
            to.set(JAVA_LONG, at, s.blocks());
            to.set(JAVA_LONG, at + 8, s.blocksFree());
            to.set(JAVA_LONG, at + 16, s.blocksAvailable());
            to.set(JAVA_LONG, at + 24, s.files());
            to.set(JAVA_LONG, at + 32, s.filesFree());
            to.set(JAVA_INT, at + 40, (int) s.blockSize());
            to.set(JAVA_INT, at + 44, s.nameMax());
            to.set(JAVA_INT, at + 48, (int) s.blockSize());
            to.asSlice(at + 52, BYTES - 52).fill((byte) 0);
        }
    }

    /** {@code struct fuse_lk_out}. */
    static final class Lock {
        static final long BYTES = 24;

        private Lock() {}

        /**
         * @param type of fcntl(2)
         * @param end last byte; Long.MAX_VALUE means to the end of the file, for the kernel too
         */
        static void put(MemorySegment to, long at, long start, long end, int type, int pid) {
            to.set(JAVA_LONG, at, start);
            to.set(JAVA_LONG, at + 8, end);
            to.set(JAVA_INT, at + 16, type);
            to.set(JAVA_INT, at + 20, pid);
        }
    }

    /** {@code struct fuse_dirent}: an entry of a directory, with its name, padded to 8 bytes. */
    static final class DirectoryEntry {
        private static final long NAME = 24;
        private static final int TYPE_SHIFT = 12;

        private DirectoryEntry() {}

        static long bytes(String name) {
            return (NAME + name.length() + 7) & ~7;
        }

        /**
         * @param offset where the entry after this one begins, for telldir(3)
         * @param modeBits of the file's type
         * @param name one character per byte
         */
        static void put(MemorySegment to, long at, long inode, long offset, int modeBits, String name) {
            to.set(JAVA_LONG, at, inode);
            to.set(JAVA_LONG, at + 8, offset);
            to.set(JAVA_INT, at + 16, name.length());
            to.set(JAVA_INT, at + 20, modeBits >> TYPE_SHIFT);
            byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
            MemorySegment.copy(bytes, 0, to, JAVA_BYTE, at + NAME, bytes.length);
            for (long i = at + NAME + bytes.length; i < at + bytes(name); i++) {
                to.set(JAVA_BYTE, i, (byte) 0);
            }
        }
    }

    /** {@code struct fuse_init_out}. */
    static final class Init {
        static final long BYTES = 64;

        private Init() {}

        static void put(MemorySegment to, long at, Negotiation n) {
            to.asSlice(at, BYTES).fill((byte) 0);
            to.set(JAVA_INT, at, Negotiation.MAJOR);
            to.set(JAVA_INT, at + 4, n.minor());
            to.set(JAVA_INT, at + 8, n.readAheadMax());
            to.set(JAVA_INT, at + 12, (int) n.features());
            to.set(JAVA_SHORT, at + 16, Negotiation.BACKGROUND_MAX);
            to.set(JAVA_SHORT, at + 18, Negotiation.CONGESTED);
            to.set(JAVA_INT, at + 20, Negotiation.TRANSFER_MAX);
            to.set(JAVA_INT, at + 24, 1); // times are kept to the nanosecond
            to.set(JAVA_SHORT, at + 28, Negotiation.PAGES_MAX);
            to.set(JAVA_INT, at + 32, (int) (n.features() >>> Integer.SIZE));
        }
    }
}
