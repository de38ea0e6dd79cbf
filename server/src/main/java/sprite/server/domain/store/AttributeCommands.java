package sprite.server.domain.store;

import static sprite.server.domain.store.NameCommands.refused;

import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.wire.Protocol;
import sprite.server.domain.Command;
import sprite.server.domain.Outcome;

/** The commands that change attributes, apart from the size. Pure functions on a {@link Change}. */
final class AttributeCommands {
    private AttributeCommands() {}

    /** Sets everything but the size. */
    static Outcome set(Change change, Command.SetAttributes set) throws FsException {
        Inode inode = change.inode(set.file());
        Attributes a = inode.attributes();
        Integer mode = set.mode();
        Integer uid = set.uid();
        Integer gid = set.gid();
        Attributes after = Inode.copy(
                a,
                mode == null ? a.mode() : mode & 07777,
                a.links(),
                uid == null ? a.uid() : uid,
                gid == null ? a.gid() : gid,
                set.accessed() == null ? a.accessed() : set.accessed(),
                set.modified() == null ? a.modified() : set.modified(),
                set.changed() == null ? a.changed() : set.changed());
        return outcome(change.put(inode.with(after)));
    }

    static Outcome raiseVersion(Change change, Command.RaiseVersion raise) throws FsException {
        Inode inode = change.inode(raise.file());
        if (inode.attributes().version() >= raise.version()) {
            return outcome(inode);
        }
        return outcome(change.put(inode.withVersion(raise.version()).withRaiser(raise.raiser())));
    }

    static Outcome setXattr(Change change, Command.SetXattr set) throws FsException {
        Inode inode = change.inode(set.file());
        if (set.value().size() > Protocol.XATTR_MAX) {
            throw refused("set attribute of", set.file(), FsError.TOO_LARGE);
        }
        byte[] key = Keys.xattr(set.file().inode(), set.name());
        boolean exists = change.get(Table.XATTRS, key) != null;
        if (exists && set.createOnly()) {
            throw refused("set attribute of", set.file(), FsError.EXISTS);
        }
        if (!exists && set.replaceOnly()) {
            throw refused("set attribute of", set.file(), FsError.NO_ATTRIBUTE);
        }
        change.put(Table.XATTRS, key, set.value().toByteArray());
        return outcome(change.put(inode.withXattrs(true, set.at())));
    }

    static Outcome setAcl(Change change, Command.SetAcl set) throws FsException {
        Inode inode = change.inode(set.file());
        return outcome(change.put(inode.withAcl(set.mode() & 07777, set.acl(), set.at())));
    }

    static Outcome removeXattr(Change change, Metadata metadata, Command.RemoveXattr remove) throws FsException {
        Inode inode = change.inode(remove.file());
        long number = remove.file().inode();
        byte[] key = Keys.xattr(number, remove.name());
        if (change.get(Table.XATTRS, key) == null) {
            throw refused("remove attribute of", remove.file(), FsError.NO_ATTRIBUTE);
        }
        int[] count = new int[1];
        metadata.tables().scan(Table.XATTRS, Keys.ofLong(number), Keys.ofLong(number + 1), (_, _) -> ++count[0] < 2);
        change.delete(Table.XATTRS, key);
        return outcome(change.put(inode.withXattrs(count[0] > 1, remove.at())));
    }

    private static Outcome outcome(Inode inode) {
        return new Outcome(inode.attributes(), null, null, null);
    }
}
