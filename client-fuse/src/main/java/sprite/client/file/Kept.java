package sprite.client.file;

/** Whether pages of one file that the kernel keeps are good for a later open. Confined to the lock of the file. */
final class Kept {
    /**
     * Counts what made pages unfit to be kept: they may be from before this was made, or were not protected while the
     * file was closed. What was so up to {@link #cleaned} the kernel has no more.
     */
    private long outdated = 1;

    private long cleaned;

    /** A handle was given to the kernel through which programs read from pages. */
    private boolean lent;

    /** As {@link sprite.client.fs.FileSystem#cuts}, where there are pages. */
    private long cuts;

    void areOutOfDate() {
        outdated++;
    }

    long outdated() {
        return outdated;
    }

    /** The kernel has forgotten what was unfit up to {@code before}. */
    void forgotten(long before) {
        cleaned = Math.max(cleaned, before);
    }

    boolean areClean() {
        return outdated == cleaned;
    }

    /** Returns whether a handle may be given to the kernel through which programs read from pages. */
    boolean lend() {
        lent = lent || areClean();
        return areClean();
    }

    boolean wereLent() {
        return lent;
    }

    /** This host has made the file shorter. */
    void cut() {
        cuts++;
    }

    long cuts() {
        return cuts;
    }
}
