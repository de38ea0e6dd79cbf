package sprite.common.file;

/** The kinds of file. The bits are those of {@code st_mode} in {@code <sys/stat.h>} on Linux. */
public enum FileType {
    REGULAR(0100000),
    DIRECTORY(0040000),
    SYMLINK(0120000),
    FIFO(0010000),
    CHARACTER_DEVICE(0020000),
    BLOCK_DEVICE(0060000),
    SOCKET(0140000),
    /** Stands where another domain joins the name space; programs see that domain's root directory instead. */
    REMOTE_LINK(0040000);

    private static final int TYPE_MASK = 0170000;

    private final int modeBits;

    FileType(int modeBits) {
        this.modeBits = modeBits;
    }

    /** The type bits of {@code st_mode}. */
    public int modeBits() {
        return modeBits;
    }

    /** The type that the type bits of an {@code st_mode} stand for; a mode without type bits means a regular file. */
    public static FileType ofMode(int mode) {
        int bits = mode & TYPE_MASK;
        if (bits == 0) {
            return REGULAR;
        }
        for (FileType type : values()) {
            if (type.modeBits == bits) {
                return type;
            }
        }
        throw new IllegalArgumentException("no file type in mode " + Integer.toOctalString(mode));
    }
}
