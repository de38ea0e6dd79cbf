package sprite.server.names;

import com.google.protobuf.ByteString;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Acl;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
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

    /** The list from which new entries of a directory get theirs, or null. */
    @Nullable
    Acl defaultAcl(Attributes directory) throws FsException {
        FileId file = directory.file();
        if (!directory.hasXattrs() || !domain(file).xattrs(file).contains(Acl.DEFAULT_NAME)) {
            return null;
        }
        return Wire.acl(ByteString.copyFrom(domain(file).xattr(file, Acl.DEFAULT_NAME)));
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
