package sprite.server.prefix;

import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;
import sprite.server.domain.Entry;

/**
 * Makes and removes remote links in this server's domains.
 *
 * <p>Thread-safe: immutable. Between a look and the change somebody else may change the same name; the domain then
 * refuses the change.
 */
final class RemoteLinks {
    private static final int MODE = 0755;

    private final OwnDomains exports;
    private final NameChanger names;
    private final InstantSource clock;

    /** Links in {@code exports}, made through {@code names}. */
    RemoteLinks(OwnDomains exports, NameChanger names, InstantSource clock) {
        this.exports = exports;
        this.names = names;
        this.clock = clock;
    }

    /** Where a link lies, and what has its name now. Immutable. */
    private record Spot(
            Domain domain,
            FileId directory,
            FileName name,
            @Nullable Entry entry) {
        /** Whether what has the name is a link, and for {@code prefix}. */
        private boolean isLinkTo(Prefix prefix) throws FsException {
            return entry != null
                    && entry.type() == FileType.REMOTE_LINK
                    && prefix.equals(domain.attributes(entry.file()).remote());
        }
    }

    /** Makes the link for {@code prefix}, unless it exists. Refused as {@link Locator#link} says. */
    void make(Prefix prefix) throws FsException {
        Spot spot = find("link", prefix);
        if (spot.entry() == null) {
            names.make(new Command.Make(
                    now(), spot.directory(), spot.name(), FileType.REMOTE_LINK, MODE, 0, 0, 0, null, prefix));
        } else if (!spot.isLinkTo(prefix)) {
            throw new FsException("link", prefix + " (the name is taken by something else; remove it)", FsError.EXISTS);
        }
    }

    /** Removes the link for {@code prefix}, if it exists. Refused as {@link Locator#link} says. */
    void remove(Prefix prefix) throws FsException {
        Spot spot = find("unlink", prefix);
        if (spot.isLinkTo(prefix)) {
            names.remove(new Command.Remove(now(), spot.directory(), spot.name(), false, false));
        } else if (spot.entry() != null) {
            throw new FsException("unlink", prefix + " (what has the name is not its remote link)", FsError.EXISTS);
        }
    }

    private FileTime now() {
        return FileTime.of(clock.instant());
    }

    private Spot find(String operation, Prefix prefix) throws FsException {
        Domain domain = exports.above(prefix);
        if (domain == null) {
            throw new FsException(operation, prefix + " (no domain of this server lies above it)", FsError.NO_PREFIX);
        }
        List<String> components = components(domain.prefix(), prefix);
        FileId directory = domain.root();
        for (String component : components.subList(0, components.size() - 1)) {
            directory = descend(operation, prefix, domain, directory, nameOf(operation, prefix, component));
        }
        FileName name = nameOf(operation, prefix, components.getLast());
        return new Spot(domain, directory, name, domain.lookup(directory, name));
    }

    private static FileId descend(String operation, Prefix prefix, Domain domain, FileId directory, FileName name)
            throws FsException {
        Entry entry = domain.lookup(directory, name);
        if (entry == null) {
            throw new FsException(
                    operation, prefix + " (make the directory '" + name + "' above it first)", FsError.NOT_FOUND);
        }
        if (entry.type() == FileType.REMOTE_LINK) {
            throw new FsException(
                    operation,
                    prefix + " ('" + name + "' above it is another domain; ask the server that exports that one)",
                    FsError.CROSS_DOMAIN);
        }
        if (entry.type() != FileType.DIRECTORY) {
            throw new FsException(operation, prefix + " ('" + name + "' above it is none)", FsError.NOT_DIRECTORY);
        }
        return entry.file();
    }

    private static List<String> components(Prefix above, Prefix prefix) {
        int skipped = above.equals(Prefix.ROOT) ? 1 : above.path().length() + 1;
        return List.of(prefix.path().substring(skipped).split("/", -1));
    }

    private static FileName nameOf(String operation, Prefix prefix, String component) throws FsException {
        try {
            return FileName.ofText(component);
        } catch (IllegalArgumentException e) {
            throw new FsException(operation, prefix + " (" + e.getMessage() + ")", FsError.NAME_TOO_LONG);
        }
    }
}
