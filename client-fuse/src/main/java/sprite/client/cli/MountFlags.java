package sprite.client.cli;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.client.fuse.kernel.Caching;
import sprite.client.fuse.kernel.KernelDriver;

/**
 * What {@code -o} says. Immutable.
 *
 * @param patience how long a call waits for a server that is away; null: for ever ({@code hard})
 * @param allowOther null: as the user may
 * @param kernelCache whether the kernel may remember names and attributes; null: if the driver can keep them exact
 * @param pageCache whether it then may keep pages, too; null: no
 * @param kernelChecks whether the kernel checks access, too
 * @param survives whether the mount survives a daemon that is killed, for another one to take it over
 */
record MountFlags(
        @Nullable Duration patience,
        boolean readOnly,
        @Nullable Boolean allowOther,
        @Nullable Boolean kernelCache,
        @Nullable Boolean pageCache,
        boolean kernelChecks,
        boolean survives) {
    private static final String SOFT = "soft=";

    /** All that can be said, for people. */
    static final String KNOWN = "hard, soft=SECONDS, ro, rw, allow_other, noallow_other, kernel_cache, nokernel_cache,"
            + " page_cache, nopage_cache, default_permissions, nodefault_permissions, takeover, notakeover";

    /** Reads the words; of contradicting ones the last counts, as with mount(8). */
    static MountFlags parse(List<String> words) throws CommandException {
        Duration patience = null;
        boolean readOnly = false;
        Boolean allowOther = null;
        Boolean kernelCache = null;
        Boolean pageCache = null;
        boolean kernelChecks = false;
        boolean survives = false;
        for (String word : words) {
            switch (word) {
                case "hard" -> patience = null;
                case "ro" -> readOnly = true;
                case "rw" -> readOnly = false;
                case "allow_other" -> allowOther = true;
                case "noallow_other" -> allowOther = false;
                case "kernel_cache" -> kernelCache = true;
                case "nokernel_cache" -> {
                    kernelCache = false;
                    pageCache = null;
                }
                case "page_cache" -> {
                    kernelCache = true; // pages are told to be forgotten as attributes are
                    pageCache = true;
                }
                case "nopage_cache" -> pageCache = false;
                case "default_permissions" -> kernelChecks = true;
                case "nodefault_permissions" -> kernelChecks = false;
                case "takeover" -> survives = true;
                case "notakeover" -> survives = false;
                default -> {
                    if (!word.startsWith(SOFT)) {
                        throw new CommandException("unknown mount option '" + word + "'; there are " + KNOWN);
                    }
                    patience = seconds(word.substring(SOFT.length()));
                }
            }
        }
        return new MountFlags(patience, readOnly, allowOther, kernelCache, pageCache, kernelChecks, survives);
    }

    /** What a kernel may remember that can be told to forget it. */
    Caching caching() {
        boolean remembers = kernelCache == null || kernelCache;
        boolean keepsPages = pageCache != null && pageCache;
        return !remembers ? Caching.NOTHING : keepsPages ? Caching.PAGES_TOO : Caching.NAMES_AND_ATTRIBUTES;
    }

    /** Refuses what cannot be had together. */
    void check(String driver) throws CommandException {
        if (survives && (!driver.equals(KernelDriver.NAME) || caching() == Caching.PAGES_TOO)) {
            throw new CommandException(
                    "mount option takeover needs --driver " + KernelDriver.NAME + ", and does not go with page_cache");
        }
    }

    /** Whether something is asked for that needs such a kernel. */
    boolean needsCaching() {
        return Boolean.TRUE.equals(kernelCache) || Boolean.TRUE.equals(pageCache);
    }

    private static Duration seconds(String text) throws CommandException {
        try {
            int seconds = Integer.parseInt(text);
            if (seconds > 0) {
                return Duration.ofSeconds(seconds);
            }
        } catch (NumberFormatException e) {
            // explained below
        }
        throw new CommandException("mount option soft wants a positive number of seconds, not '" + text + "'");
    }
}
