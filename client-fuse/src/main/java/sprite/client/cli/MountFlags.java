package sprite.client.cli;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.client.fuse.kernel.Caching;

/**
 * What {@code -o} says. Immutable.
 *
 * @param patience how long a call waits for a server that is away; null: for ever ({@code hard})
 * @param allowOther null: as the user may
 * @param caching what the kernel may remember; null: what the driver can keep exact
 * @param kernelChecks whether the kernel checks access, too
 */
record MountFlags(
        @Nullable Duration patience,
        boolean readOnly,
        @Nullable Boolean allowOther,
        @Nullable Caching caching,
        boolean kernelChecks) {
    private static final String SOFT = "soft=";

    /** All that can be said, for people. */
    static final String KNOWN = "hard, soft=SECONDS, ro, rw, allow_other, noallow_other, kernel_cache, page_cache,"
            + " nokernel_cache, default_permissions, nodefault_permissions";

    /** Reads the words; of contradicting ones the last counts, as with mount(8). */
    static MountFlags parse(List<String> words) throws CommandException {
        Duration patience = null;
        boolean readOnly = false;
        Boolean allowOther = null;
        Caching caching = null;
        boolean kernelChecks = false;
        for (String word : words) {
            switch (word) {
                case "hard" -> patience = null;
                case "ro" -> readOnly = true;
                case "rw" -> readOnly = false;
                case "allow_other" -> allowOther = true;
                case "noallow_other" -> allowOther = false;
                case "kernel_cache" -> caching = Caching.NAMES_AND_ATTRIBUTES;
                case "page_cache" -> caching = Caching.PAGES_TOO;
                case "nokernel_cache" -> caching = Caching.NOTHING;
                case "default_permissions" -> kernelChecks = true;
                case "nodefault_permissions" -> kernelChecks = false;
                default -> {
                    if (!word.startsWith(SOFT)) {
                        throw new CommandException("unknown mount option '" + word + "'; there are " + KNOWN);
                    }
                    patience = seconds(word.substring(SOFT.length()));
                }
            }
        }
        return new MountFlags(patience, readOnly, allowOther, caching, kernelChecks);
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
