package sprite.common.name;

import java.util.regex.Pattern;

/**
 * Where a domain lies in the name space: an absolute path without "." and "..", without a trailing slash except for "/"
 * itself. Matches on component boundaries only: "/pro" is no prefix of "/projects". Immutable.
 *
 * @param path the prefix, such as "/" or "/projects"
 */
public record Prefix(String path) implements Comparable<Prefix> {
    // Before the constants that it checks.
    private static final Pattern SHAPE = Pattern.compile("/|(/[^/\\x00]+)+");

    /** The prefix that every other one lies under. */
    public static final Prefix ROOT = new Prefix("/");

    public Prefix {
        if (!isValid(path)) {
            throw new IllegalArgumentException(
                    "not a prefix: '" + path + "' (an absolute path such as / or /projects, without . or ..)");
        }
    }

    /** Whether {@code path} has the shape of a prefix. */
    public static boolean isValid(String path) {
        if (!SHAPE.matcher(path).matches()) {
            return false;
        }
        for (String component : path.split("/", -1)) {
            if (component.equals(".") || component.equals("..")) {
                return false;
            }
        }
        return true;
    }

    /** Whether {@code absolutePath} lies at or under this prefix. */
    public boolean matches(String absolutePath) {
        return path.equals("/")
                || absolutePath.equals(path)
                || (absolutePath.startsWith(path) && absolutePath.charAt(path.length()) == '/');
    }

    @Override
    public int compareTo(Prefix other) {
        return path.compareTo(other.path);
    }

    @Override
    public String toString() {
        return path;
    }
}
