package sprite.server.names;

import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Access;
import sprite.common.file.Acl;
import sprite.common.file.Attributes;
import sprite.common.file.Credentials;
import sprite.common.file.FileType;
import sprite.common.wire.proto.SetAttributes;

/** Who may do what (POSIX.1-2017; Linux where that is silent). Pure functions; each throws what it refuses with. */
final class Permission {
    private Permission() {}

    /** Looking up names in a directory. ACCESS_DENIED, NOT_DIRECTORY. */
    static void search(Attributes directory, Credentials who) throws FsException {
        require("search", directory, who, Access.EXECUTE);
    }

    /** Listing a directory. */
    static void list(Attributes directory, Credentials who) throws FsException {
        require("list", directory, who, Access.READ);
    }

    /** Making, moving or removing names in a directory. */
    static void change(Attributes directory, Credentials who) throws FsException {
        require("change", directory, who, Access.WRITE | Access.EXECUTE);
    }

    /** Removing or moving one entry, after {@link #change}. NOT_PERMITTED because of the sticky bit. */
    static void unlink(Attributes directory, Attributes entry, Credentials who) throws FsException {
        if (Access.stickyForbids(directory, entry, who)) {
            throw new FsException("remove", entry.file() + "", FsError.NOT_PERMITTED);
        }
    }

    /** Opening. ACCESS_DENIED. */
    static void open(Attributes file, Credentials who, boolean read, boolean write, boolean execute)
            throws FsException {
        int wanted = (read && !execute ? Access.READ : 0) | (write ? Access.WRITE : 0) | (execute ? Access.EXECUTE : 0);
        require("open", file, who, wanted);
    }

    private static void require(String what, Attributes file, Credentials who, int wanted) throws FsException {
        if (!Access.allows(file, who, wanted)) {
            throw new FsException(what, file.file() + "", FsError.ACCESS_DENIED);
        }
    }

    /** Changing attributes. NOT_PERMITTED, ACCESS_DENIED. */
    static void setAttributes(Attributes file, Credentials who, SetAttributes change) throws FsException {
        boolean owns = Access.owns(file, who);
        boolean changesMode = change.getSetMode() && change.getMode() != file.mode();
        boolean setsTime = (change.getSetAccessed() && !change.getAccessedNow())
                || (change.getSetModified() && !change.getModifiedNow());
        if (!owns && (change.getSetMode() || changesMode || setsTime)) {
            throw refused(file, FsError.NOT_PERMITTED);
        }
        boolean touches = change.getSetAccessed() || change.getSetModified();
        if (touches && !owns && !Access.allows(file, who, Access.WRITE)) {
            throw refused(file, FsError.ACCESS_DENIED);
        }
        if (change.getSetUid() && !who.isRoot() && (change.getUid() != file.uid() || !owns)) {
            throw refused(file, FsError.NOT_PERMITTED);
        }
        boolean foreignGroup = change.getGid() != file.gid() && !who.inGroup(change.getGid());
        if (change.getSetGid() && !who.isRoot() && (!owns || foreignGroup)) {
            throw refused(file, FsError.NOT_PERMITTED);
        }
        if (change.getSetSize() && !change.getOpenedForWrite()) {
            require("truncate", file, who, Access.WRITE);
        }
    }

    private static FsException refused(Attributes file, FsError error) {
        return new FsException("change", file.file() + "", error);
    }

    /** The mode that a change of attributes leaves behind: set-id bits go where they would give rights away. */
    static int modeAfter(Attributes file, Credentials who, SetAttributes change) {
        int mode = change.getSetMode() ? change.getMode() & 07777 : file.mode();
        int group = change.getSetGid() ? change.getGid() : file.gid();
        boolean setsGid = change.getSetMode() && (mode & Access.SET_GID) != 0;
        if (setsGid && !file.isDirectory() && !who.isRoot() && !who.inGroup(group)) {
            mode &= ~Access.SET_GID;
        }
        boolean chown = (change.getSetUid() || change.getSetGid()) && !change.getSetMode();
        boolean clears = change.getClearSetId() || (chown && !file.isDirectory()) || change.getSetSize();
        return clears && !who.isRoot() && !file.isDirectory() ? Access.withoutSetId(mode) : mode;
    }

    /** Reading an extended attribute. NO_ATTRIBUTE for what is hidden, NOT_SUPPORTED for unknown kinds. */
    static void readXattr(Attributes file, String name, Credentials who) throws FsException {
        if (name.startsWith("user.")) {
            userXattr(file, FsError.NO_ATTRIBUTE);
            require("read attribute", file, who, Access.READ);
        } else if (name.startsWith("trusted.")) {
            if (!who.isRoot()) {
                throw new FsException("read attribute", name, FsError.NO_ATTRIBUTE);
            }
        } else if (!name.startsWith("security.") && !Acl.isName(name)) {
            throw new FsException("read attribute", name, FsError.NOT_SUPPORTED);
        }
    }

    /** Setting or removing an extended attribute. */
    static void writeXattr(Attributes file, String name, Credentials who) throws FsException {
        if (name.startsWith("user.")) {
            userXattr(file, FsError.NOT_PERMITTED);
            if (file.isDirectory() && (file.mode() & Access.STICKY) != 0 && !Access.owns(file, who)) {
                throw refused(file, FsError.NOT_PERMITTED); // everybody may write to it, and would fill it
            }
            require("set attribute", file, who, Access.WRITE);
        } else if (name.startsWith("trusted.") || name.startsWith("security.")) {
            if (!who.isRoot()) {
                throw new FsException("set attribute", name, FsError.NOT_PERMITTED);
            }
        } else {
            throw new FsException("set attribute", name, FsError.NOT_SUPPORTED);
        }
    }

    /** Setting or removing an access control list. */
    static void setAcl(Attributes file, boolean setsDefault, Credentials who) throws FsException {
        if (file.type() == FileType.SYMLINK) {
            throw refused(file, FsError.NOT_SUPPORTED);
        }
        if (setsDefault && !file.isDirectory()) {
            throw refused(file, FsError.ACCESS_DENIED);
        }
        if (!Access.owns(file, who)) {
            throw refused(file, FsError.NOT_PERMITTED);
        }
    }

    private static void userXattr(Attributes file, FsError otherwise) throws FsException {
        if (!file.isRegular() && !file.isDirectory()) {
            throw refused(file, otherwise);
        }
    }

    /** Somebody other than root truncating or writing loses the set-id bits. */
    static boolean losesSetId(Attributes file, Credentials who) {
        return !who.isRoot() && file.isRegular() && Access.withoutSetId(file.mode()) != file.mode();
    }
}
