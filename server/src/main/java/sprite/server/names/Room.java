package sprite.server.names;

import java.time.Clock;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;
import sprite.server.open.Export;
import sprite.server.open.Exports;
import sprite.server.open.Grants;
import sprite.server.open.OpenFiles;

/** What every operation of this room works with. Immutable. */
record Room(Exports exports, OpenFiles files, Grants grants, Clock clock) {
    /** The extended attribute in which Linux keeps the capabilities of a program. */
    private static final String CAPABILITY = "security.capability";

    Export export(FileId file) throws FsException {
        return exports.of(file);
    }

    Domain domain(FileId file) throws FsException {
        return exports.of(file).domain();
    }

    /** A directory's attributes. NOT_DIRECTORY for anything else. */
    Attributes directory(FileId file) throws FsException {
        Attributes attributes = domain(file).attributes(file);
        if (!attributes.isDirectory()) {
            throw new FsException("look up", file + "", FsError.NOT_DIRECTORY);
        }
        return attributes;
    }

    /** The file is written to, or gets another owner: what its program may do does not go with that. */
    void clearCapabilities(Attributes before) throws FsException {
        FileId file = before.file();
        if (before.hasXattrs() && domain(file).xattrs(file).contains(CAPABILITY)) {
            var _ = domain(file).apply(new Command.RemoveXattr(now(), file, CAPABILITY), null, null);
        }
    }

    FileTime now() {
        return FileTime.of(clock.instant());
    }
}
