package sprite.client.cli;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code -o} says. Immutable.
 *
 * @param patience how long a call waits for a server that is away; null: for ever ({@code hard})
 * @param allowOther null: as the user may
 */
record MountFlags(
        @Nullable Duration patience,
        boolean readOnly,
        @Nullable Boolean allowOther) {
    private static final String SOFT = "soft=";

    /** All that can be said, for people. */
    static final String KNOWN = "hard, soft=SECONDS, ro, rw, allow_other, noallow_other";

    /** Reads the words; of contradicting ones the last counts, as with mount(8). */
    static MountFlags parse(List<String> words) throws CommandException {
        var flags = new MountFlags(null, false, null);
        for (String word : words) {
            flags = flags.with(word);
        }
        return flags;
    }

    private MountFlags with(String word) throws CommandException {
        return switch (word) {
            case "hard" -> new MountFlags(null, readOnly, allowOther);
            case "ro" -> new MountFlags(patience, true, allowOther);
            case "rw" -> new MountFlags(patience, false, allowOther);
            case "allow_other" -> new MountFlags(patience, readOnly, true);
            case "noallow_other" -> new MountFlags(patience, readOnly, false);
            default -> {
                if (word.startsWith(SOFT)) {
                    yield new MountFlags(seconds(word.substring(SOFT.length())), readOnly, allowOther);
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
