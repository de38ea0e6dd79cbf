package sprite.client.space;

import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import sprite.client.box.KeptMarks;
import sprite.client.box.Trails;
import sprite.client.call.Call;
import sprite.client.call.Opener;
import sprite.client.file.FileCache;
import sprite.client.file.OpenFile;
import sprite.client.fs.Caller;
import sprite.client.fs.Handle;
import sprite.client.fs.OpenFlags;
import sprite.client.name.Known;
import sprite.client.name.NameCache;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Access;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.StatFs;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Commit;
import sprite.common.wire.proto.Create;
import sprite.common.wire.proto.FormerSpace;
import sprite.common.wire.proto.Open;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SetAttributes;

/**
 * Opens files and moves their data; what becomes of the data is decided in {@code sprite.client.file}. Thread-safe: the
 * one field that changes is a concurrent set.
 */
final class FileAccess {
    private static final int SET_ID = Access.SET_UID | Access.SET_GID;

    private static final int CREATE_TRIES_MAX = 3;

    private final Holdings held;

    /** Open files that had a set-id bit when they were opened, so that others need not be looked at before a write. */
    private final Set<FileId> withSetId = ConcurrentHashMap.newKeySet();

    /** Likewise those that had extended attributes, among which there may be capabilities. */
    private final Set<FileId> withXattrs = ConcurrentHashMap.newKeySet();

    private final KeptMarks kept;

    FileAccess(Holdings held) {
        this.held = held;
        this.kept = new KeptMarks(held.box());
    }

    /** For this client's next life. */
    void leave(FormerSpace.Builder left) {
        withSetId.forEach(file -> left.addSetId(Wire.toWire(file)));
        withXattrs.forEach(file -> left.addWithXattrs(Wire.toWire(file)));
    }

    void inherit(FormerSpace former) {
        former.getSetIdList().forEach(file -> mayHaveSetId(Trusted.file(file)));
        former.getWithXattrsList().forEach(file -> mayHaveXattrs(Trusted.file(file)));
    }

    private void mayHaveSetId(FileId file) {
        kept.add(file, KeptMarks.SET_ID);
        withSetId.add(file);
    }

    private void mayHaveXattrs(FileId file) {
        kept.add(file, KeptMarks.XATTRS);
        withXattrs.add(file);
    }

    Handle open(FileId file, OpenFlags flags, Caller caller) throws FsException {
        ServerLink link = held.linkOf(file);
        long known = held.files().knownVersion(file);
        Open.Builder open = Open.newBuilder()
                .setFile(Wire.toWire(file))
                .setRead(flags.read())
                .setWrite(flags.write())
                .setExecute(flags.execute())
                .setTruncate(flags.truncate())
                .setWantData(flags.read() && !flags.truncate())
                .setKnownVersion(known)
                .setCredentials(Wire.toWire(caller.credentials()));
        long asked = held.files().mark();
        Opener opener = opener();
        AwaitedOpen awaited = new AwaitedOpen(held.files());
        ServerLink.Installer installer =
                frame -> awaited.arrived(installOpen(link, frame.getOpen(), flags, asked, opener));
        BooleanSupplier lost = held.files().locksLost(file);
        FileCache.Truncation hold = flags.truncate() ? held.files().truncating(file) : () -> {};
        try {
            ServerFrame _ = link.callUntil(
                    ClientFrame.newBuilder().setOpen(open),
                    flags.truncate() ? ServerLink.Installer.unless(lost, installer) : installer,
                    hold::close);
            return awaited.take();
        } finally {
            awaited.giveUp();
        }
    }

    Handle create(FileId directory, FileName name, int mode, OpenFlags flags, Caller caller) throws FsException {
        ServerLink link = held.linkOf(directory);
        Create.Builder create = Create.newBuilder()
                .setDirectory(Wire.toWire(directory))
                .setName(Wire.toWire(name))
                .setMode(mode)
                .setUmask(caller.umask())
                .setRead(flags.read())
                .setWrite(flags.write())
                .setExclusive(flags.exclusive())
                .setTruncate(flags.truncate())
                .setCredentials(Wire.toWire(caller.credentials()));
        long asked = held.files().mark();
        Opener opener = opener();
        AwaitedOpen awaited = new AwaitedOpen(held.files());
        FileCache.Truncation hold = truncating(directory, name, flags);
        NameCache.Change change = held.names().changing(directory, name);
        try {
            ServerFrame _ = link.callUntil(
                    ClientFrame.newBuilder().setCreate(create),
                    frame -> awaited.arrived(
                            installCreate(link, directory, name, frame.getOpen(), flags, asked, opener)),
                    () -> {
                        change.close();
                        hold.close();
                    });
            return awaited.take();
        } finally {
            awaited.giveUp();
        }
    }

    /**
     * Asks anew if the session is lost between making and opening the file: nobody else knows of one that was made, and
     * the server frees it.
     */
    Handle createNameless(FileId directory, int mode, OpenFlags flags, Caller caller) throws FsException {
        for (int tries = 1; ; tries++) {
            try {
                return tryCreateNameless(directory, mode, flags, caller);
            } catch (FsException e) {
                boolean freed = e.error() == FsError.STALE || e.error() == FsError.NOT_FOUND;
                if (!freed || tries == CREATE_TRIES_MAX) {
                    throw e;
                }
            }
        }
    }

    private Handle tryCreateNameless(FileId directory, int mode, OpenFlags flags, Caller caller) throws FsException {
        ServerLink link = held.linkOf(directory);
        Create.Builder create = Create.newBuilder()
                .setDirectory(Wire.toWire(directory))
                .setNameless(true)
                .setMode(mode)
                .setUmask(caller.umask())
                .setRead(flags.read())
                .setWrite(flags.write())
                .setCredentials(Wire.toWire(caller.credentials()));
        long asked = held.files().mark();
        Opener opener = opener();
        AwaitedOpen awaited = new AwaitedOpen(held.files());
        try {
            ServerFrame _ = link.callUntil(
                    ClientFrame.newBuilder().setCreate(create),
                    frame -> awaited.arrived(installOpen(link, frame.getOpen(), flags, asked, opener)),
                    () -> {});
            return awaited.take();
        } finally {
            awaited.giveUp();
        }
    }

    private static Opener opener() {
        Call call = Call.current();
        return call == null ? Opener.NOBODY : new Opener(Trails.key(call.number()), Call.currentTrail());
    }

    /** The kernel creates only what it has just looked up in vain; if the file is there all the same, it is known. */
    private FileCache.Truncation truncating(FileId directory, FileName name, OpenFlags flags) throws FsException {
        return flags.truncate() && held.names().find(directory, name) instanceof Known.Present there
                ? held.files().truncating(there.file())
                : () -> {};
    }

    private OpenFile installCreate(
            ServerLink link,
            FileId directory,
            FileName name,
            OpenReply reply,
            OpenFlags flags,
            long asked,
            Opener opener) {
        OpenFile opened = installOpen(link, reply, flags, asked, opener);
        held.names().present(directory, name, Trusted.attributes(reply.getAttributes()), reply.getNamesGranted());
        if (reply.hasDirectory()) {
            held.install(reply.getDirectory(), reply.getDirectoryGranted(), asked);
        }
        return opened;
    }

    private OpenFile installOpen(ServerLink link, OpenReply reply, OpenFlags flags, long asked, Opener opener) {
        FileId file = Trusted.file(reply.getAttributes().getFile());
        OpenFile opened = held.files().opened(link, file, reply, flags, asked, opener);
        Attributes attributes = held.install(reply.getAttributes(), reply.getAttributesGranted(), asked);
        if ((attributes.mode() & SET_ID) != 0) {
            mayHaveSetId(file);
        }
        if (flags.write() && attributes.hasXattrs()) {
            mayHaveXattrs(file);
        }
        return opened;
    }

    int read(Handle handle, long offset, MemorySegment into) throws FsException {
        return held.files().read(own(handle), offset, into);
    }

    int readForPages(Handle handle, long offset, MemorySegment into) throws FsException {
        return held.files().readForPages(own(handle), offset, into);
    }

    void writePages(Handle handle, long offset, MemorySegment data) {
        held.files().writePages(own(handle), offset, data);
    }

    boolean lendPages(Handle handle) {
        return held.files().lendPages(own(handle));
    }

    void write(Handle handle, long offset, MemorySegment data, boolean append, Caller caller) throws FsException {
        if (offset > Attributes.SIZE_MAX - data.byteSize()) {
            throw new FsException("write", handle.file() + " at " + offset, FsError.FILE_TOO_BIG);
        }
        boolean setId = !withSetId.isEmpty() && caller.uid() != 0 && withSetId.contains(handle.file());
        if (setId || (!withXattrs.isEmpty() && withXattrs.contains(handle.file()))) {
            clearPrivileges(handle.file(), caller);
        }
        held.files().write(own(handle), offset, data, append);
    }

    private void clearPrivileges(FileId file, Caller caller) throws FsException {
        SetAttributes.Builder clear = SetAttributes.newBuilder()
                .setFile(Wire.toWire(file))
                .setClearSetId(true)
                .setCredentials(Wire.toWire(caller.credentials()));
        long asked = held.files().mark();
        ServerFrame _ = held.linkOf(file)
                .call(
                        ClientFrame.newBuilder().setSetAttributes(clear),
                        reply -> held.installAttributes(reply, asked),
                        caller::isInterrupted);
        withXattrs.remove(file);
        kept.remove(file, KeptMarks.XATTRS);
        if (caller.uid() != 0) {
            withSetId.remove(file);
            kept.remove(file, KeptMarks.SET_ID);
        }
    }

    /** A lock is about to be asked for through the handle. */
    void pin(Handle handle) throws FsException {
        if (handle instanceof OpenFile file) {
            held.files().pin(file);
        }
    }

    void flush(Handle handle) throws FsException {
        held.files().flush(own(handle));
    }

    void release(Handle handle) {
        held.files().release(own(handle));
    }

    void fsync(Handle handle, boolean dataOnly) throws FsException {
        held.files().fsync(own(handle), dataOnly);
    }

    void fsyncDirectory(FileId directory, Caller caller) throws FsException {
        var commit = ClientFrame.newBuilder().setCommit(Commit.newBuilder().setFile(Wire.toWire(directory)));
        ServerFrame _ = held.linkOf(directory).call(commit, ServerLink.Installer.NONE, caller::isInterrupted);
    }

    void allocate(Handle handle, int mode, long offset, long length) throws FsException {
        if (offset > Attributes.SIZE_MAX - length) {
            throw new FsException("allocate", handle.file() + " at " + offset, FsError.FILE_TOO_BIG);
        }
        long asked = held.files().mark();
        Attributes _ =
                held.files().allocate(own(handle), mode, offset, length, reply -> held.installAttributes(reply, asked));
    }

    /** At the server if it has both files; what cannot be done there just now is read and written by the caller. */
    long copy(Handle from, long fromOffset, Handle to, long toOffset, long length) throws FsException {
        if (from.file().domain() != to.file().domain()) {
            throw new FsException("copy", from.file() + " to " + to.file(), FsError.CROSS_DOMAIN);
        }
        long asked = held.files().mark();
        try {
            return held.files()
                    .copy(
                            own(from),
                            fromOffset,
                            own(to),
                            toOffset,
                            length,
                            reply -> held.installAttributes(reply, asked));
        } catch (FsException e) {
            throw e.error() == FsError.STALE ? new FsException("copy", e.subject(), FsError.CROSS_DOMAIN) : e;
        }
    }

    long seek(Handle handle, long offset, boolean hole) throws FsException {
        return held.files().seek(own(handle), offset, hole);
    }

    StatFs statFs(FileId file) throws FsException {
        var request = ClientFrame.newBuilder()
                .setStatFs(sprite.common.wire.proto.StatFs.newBuilder().setFile(Wire.toWire(file)));
        var reply = held.linkOf(file)
                .call(request, ServerLink.Installer.NONE, () -> false)
                .getStatFs();
        return new StatFs(
                reply.getBlockSize(),
                reply.getBlocks(),
                reply.getBlocksFree(),
                reply.getBlocksAvailable(),
                reply.getFiles(),
                reply.getFilesFree(),
                reply.getNameMax());
    }

    private static OpenFile own(Handle handle) {
        return (OpenFile) handle;
    }
}
