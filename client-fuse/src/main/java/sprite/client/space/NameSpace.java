package sprite.client.space;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sprite.client.file.OpenFile;
import sprite.client.fs.AttributeChange;
import sprite.client.fs.Borrower;
import sprite.client.fs.Caller;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.Listing;
import sprite.client.fs.LockRequest;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.common.wire.StatFs;
import sprite.common.wire.proto.FormerSpace;
import sprite.common.wire.proto.LockType;

/** The door of this room: each call goes to the class that knows about it. Immutable. */
class NameSpace implements FileSystem {
    private final Holdings held;
    private final Lookups lookups;
    private final NameChanges changes;
    private final FileAccess access;
    private final Locking locking;
    private final ExtendedAttributes extended;

    NameSpace(Holdings held) {
        this.held = held;
        this.lookups = new Lookups(held);
        this.changes = new NameChanges(held);
        this.access = new FileAccess(held);
        this.locking = new Locking(held);
        this.extended = new ExtendedAttributes(held);
    }

    /** What this client's next life has to know of programs' files and locks. */
    void leave(FormerSpace.Builder left) {
        left.addAllFiles(held.files().inheritance().leave());
        left.addAllLocks(held.locks().leave());
        access.leave(left);
    }

    /** Takes that over; the handles, by number. */
    Map<Long, OpenFile> inherit(FormerSpace former) throws FsException {
        access.inherit(former);
        held.locks().inherit(former.getLocksList());
        return held.files().inheritance().take(former, held::linkOf, held.box().trails());
    }

    @Override
    public FileId root() throws FsException {
        return held.prefixes().resolve(Prefix.ROOT).root();
    }

    @Override
    public Attributes lookup(FileId directory, FileName name, Caller caller) throws FsException {
        return lookups.lookup(directory, name, caller);
    }

    @Override
    public FileId find(FileId directory, FileName name, Caller caller) throws FsException {
        return lookups.find(directory, name, caller);
    }

    @Override
    public Attributes attributes(FileId file, Caller caller) throws FsException {
        return lookups.attributes(file, caller);
    }

    @Override
    public @Nullable Attributes attributesIfHeld(FileId file) throws FsException {
        return lookups.held(file);
    }

    @Override
    public Attributes setAttributes(FileId file, AttributeChange change, @Nullable Handle handle, Caller caller)
            throws FsException {
        return changes.setAttributes(file, change, handle, caller);
    }

    @Override
    public void access(FileId file, int wanted, Caller caller) throws FsException {
        lookups.access(file, wanted, caller);
    }

    @Override
    public List<Listing> list(FileId directory, Caller caller) throws FsException {
        return lookups.list(directory, caller);
    }

    @Override
    public byte[] readLink(FileId file, Caller caller) throws FsException {
        return lookups.readLink(file, caller);
    }

    @Override
    public Attributes make(FileId directory, FileName name, FileType type, int mode, long device, Caller caller)
            throws FsException {
        return changes.make(directory, name, type, mode, device, null, caller);
    }

    @Override
    public Attributes symlink(FileId directory, FileName name, byte[] target, Caller caller) throws FsException {
        return changes.make(directory, name, FileType.SYMLINK, 0777, 0, target, caller);
    }

    @Override
    public Attributes link(FileId file, FileId directory, FileName name, Caller caller) throws FsException {
        return changes.link(file, directory, name, caller);
    }

    @Override
    public void unlink(FileId directory, FileName name, Caller caller) throws FsException {
        changes.remove(directory, name, false, caller);
    }

    @Override
    public void removeDirectory(FileId directory, FileName name, Caller caller) throws FsException {
        changes.remove(directory, name, true, caller);
    }

    @Override
    public void rename(
            FileId fromDirectory,
            FileName fromName,
            FileId toDirectory,
            FileName toName,
            boolean noReplace,
            boolean exchange,
            Caller caller)
            throws FsException {
        changes.rename(fromDirectory, fromName, toDirectory, toName, noReplace, exchange, caller);
    }

    @Override
    public Handle open(FileId file, OpenFlags flags, Caller caller) throws FsException {
        return access.open(file, flags, caller);
    }

    @Override
    public Handle create(FileId directory, FileName name, int mode, OpenFlags flags, Caller caller) throws FsException {
        return access.create(directory, name, mode, flags, caller);
    }

    @Override
    public Handle createNameless(FileId directory, int mode, OpenFlags flags, Caller caller) throws FsException {
        return access.createNameless(directory, mode, flags, caller);
    }

    @Override
    public int read(Handle handle, long offset, MemorySegment into, Caller caller) throws FsException {
        return access.read(handle, offset, into);
    }

    @Override
    public int readForPages(Handle handle, long offset, MemorySegment into, Caller caller) throws FsException {
        return access.readForPages(handle, offset, into);
    }

    @Override
    public void writePages(Handle handle, long offset, MemorySegment data, Caller caller) {
        access.writePages(handle, offset, data);
    }

    @Override
    public long cuts(FileId file) {
        return held.files().cuts(file);
    }

    @Override
    public boolean lendPages(Handle handle) {
        return access.lendPages(handle);
    }

    @Override
    public void write(Handle handle, long offset, MemorySegment data, boolean append, Caller caller)
            throws FsException {
        access.write(handle, offset, data, append, caller);
    }

    @Override
    public void flush(Handle handle, long lockOwner, Caller caller) throws FsException {
        locking.releasePosix(handle, lockOwner);
        access.flush(handle);
    }

    @Override
    public void release(Handle handle) {
        locking.release(handle);
        access.release(handle);
    }

    @Override
    public void fsync(Handle handle, boolean dataOnly, Caller caller) throws FsException {
        access.fsync(handle, dataOnly);
    }

    @Override
    public void fsyncDirectory(FileId directory, Caller caller) throws FsException {
        access.fsyncDirectory(directory, caller);
    }

    @Override
    public void allocate(Handle handle, int mode, long offset, long length, Caller caller) throws FsException {
        access.allocate(handle, mode, offset, length);
    }

    @Override
    public long copy(Handle from, long fromOffset, Handle to, long toOffset, long length, Caller caller)
            throws FsException {
        return access.copy(from, fromOffset, to, toOffset, length);
    }

    @Override
    public long seek(Handle handle, long offset, boolean hole, Caller caller) throws FsException {
        return access.seek(handle, offset, hole);
    }

    @Override
    public StatFs statFs(FileId file) throws FsException {
        return access.statFs(file);
    }

    @Override
    public byte[] xattr(FileId file, String name, Caller caller) throws FsException {
        return extended.get(file, name, caller);
    }

    @Override
    public void setXattr(FileId file, String name, byte[] value, boolean createOnly, boolean replaceOnly, Caller caller)
            throws FsException {
        extended.set(file, name, value, createOnly, replaceOnly, caller);
    }

    @Override
    public List<String> xattrs(FileId file, Caller caller) throws FsException {
        return extended.list(file, caller);
    }

    @Override
    public void removeXattr(FileId file, String name, Caller caller) throws FsException {
        extended.remove(file, name, caller);
    }

    @Override
    public void lock(Handle handle, LockRequest request, Caller caller) throws FsException {
        if (request.type() != LockType.UNLOCK) {
            access.pin(handle);
        }
        locking.lock(handle, request, caller);
    }

    @Override
    public void lendTo(Borrower borrower) {
        held.loans().begin(borrower);
        held.files().lendTo(borrower);
    }

    @Override
    public long lendAttributes(Attributes told) throws FsException {
        return held.loans().lend(held, told);
    }

    @Override
    public long lendName(FileId directory, FileName name, @Nullable FileId entry) throws FsException {
        return held.loans().lend(held, directory, name, entry);
    }

    @Override
    public @Nullable LockRequest testLock(Handle handle, LockRequest request, Caller caller) throws FsException {
        return locking.test(handle.file(), request, caller);
    }
}
