package sprite.common.file;

/**
 * When reading a file changes its access time: as with Linux's {@code relatime}, if it has not been read since it was
 * last changed, or not for a day. Pure functions.
 */
public final class AccessTime {
    private static final long DAY_SECONDS = 86_400;

    private AccessTime() {}

    /** Whether a read at {@code now} counts. */
    public static boolean counts(FileTime accessed, FileTime changed, FileTime now) {
        return accessed.compareTo(changed) <= 0 || now.seconds() - accessed.seconds() >= DAY_SECONDS;
    }

    /**
     * Whether a read at {@code read} that counted is to be shown: not if the file was changed after it, for then the
     * access time must not say that it has been read since.
     */
    public static boolean shows(Attributes attributes, FileTime read) {
        return read.compareTo(attributes.accessed()) > 0
                && read.compareTo(attributes.changed()) >= 0
                && read.compareTo(attributes.modified()) >= 0;
    }
}
