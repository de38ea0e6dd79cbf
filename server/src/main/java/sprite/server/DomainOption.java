package sprite.server;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import sprite.common.name.Prefix;

/** Reads {@code PREFIX=DIR}. Pure functions. */
final class DomainOption {
    private DomainOption() {}

    /** The directories by prefix, in the order given. */
    static SequencedMap<Prefix, Path> parse(List<String> options) throws StartException {
        SequencedMap<Prefix, Path> directories = new LinkedHashMap<>();
        for (String option : options) {
            int equals = option.indexOf('=');
            if (equals < 0 || equals == option.length() - 1) {
                throw new StartException(
                        "--domain '" + option + "' is not PREFIX=DIR, such as /projects=/srv/projects");
            }
            Prefix prefix = prefix(option.substring(0, equals));
            Path earlier = directories.put(prefix, directory(option.substring(equals + 1)));
            if (earlier != null) {
                throw new StartException("--domain " + prefix + " is given twice, first with " + earlier
                        + "; a prefix has one directory");
            }
        }
        return directories;
    }

    private static Prefix prefix(String text) throws StartException {
        if (!Prefix.isValid(text)) {
            throw new StartException(
                    "--domain: '" + text + "' is no prefix; it is an absolute path such as / or /projects,"
                            + " without '.', '..' or a slash at the end");
        }
        return new Prefix(text);
    }

    private static Path directory(String text) throws StartException {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new StartException("--domain: '" + text + "' is no directory: " + e.getReason());
        }
    }
}
