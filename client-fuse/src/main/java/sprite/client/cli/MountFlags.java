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
 * @param caching what the kernel may remember
 * @param kernelChecks whether the kernel checks access, too
 */
record MountFlags(
        @Nullable Duration patience,
        boolean readOnly,
        @Nullable Boolean allowOther,
        Caching caching,
        boolean kernelChecks) {
    private static final String SOFT = "soft=";

    /** All that can be said, for people. */
    static final String KNOWN = "hard, soft=SECONDS, ro, rw, allow_other, noallow_other, kernel_cache,"
            + " nokernel_cache, default_permissions, nodefault_permissions";

    /** Reads the words; of contradicting ones the last counts, as with mount(8). */
    static MountFlags parse(List<String> words) throws CommandException {
        var flags = new MountFlags(null, false, null, Caching.NOTHING, false);
        for (String word : words) {
            flags = flags.with(word);
        }
        return flags;
    }

    private MountFlags with(String word) throws CommandException {
        return switch (word) {
            case "hard" -> new MountFlags(null, readOnly, allowOther, caching, kernelChecks);
            case "ro" -> new MountFlags(patience, true, allowOther, caching, kernelChecks);
            case "rw" -> new MountFlags(patience, false, allowOther, caching, kernelChecks);
            case "allow_other" -> new MountFlags(patience, readOnly, true, caching, kernelChecks);
            case "noallow_other" -> new MountFlags(patience, readOnly, false, caching, kernelChecks);
            case "kernel_cache" ->
                new MountFlags(patience, readOnly, allowOther, Caching.NAMES_AND_ATTRIBUTES, kernelChecks);
            case "nokernel_cache" -> new MountFlags(patience, readOnly, allowOther, Caching.NOTHING, kernelChecks);
            case "default_permissions" -> new MountFlags(patience, readOnly, allowOther, caching, true);
            case "nodefault_permissions" -> new MountFlags(patience, readOnly, allowOther, caching, false);
            default -> {
                if (word.startsWith(SOFT)) {
                    yield new MountFlags(
                            seconds(word.substring(SOFT.length())), readOnly, allowOther, caching, kernelChecks);
                }
                throw new CommandException("unknown mount option '" + word + "'; there are " + KNOWN);
            }
        };
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
