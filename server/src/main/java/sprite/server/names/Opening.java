package sprite.server.names;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.Credentials;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Open;
import sprite.consistency.Event;
import sprite.consistency.OpenMode;
import sprite.server.open.Export;
import sprite.server.open.OpenWish;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/**
 * open(2) of a file that exists. First under a shared hold of the names lock; that does unless grants stand against it.
 */
final class Opening extends Change {
    private final FileId file;
    private final Open wanted;
    private boolean tried;
    private @Nullable Truncation truncation;

    private Opening(Room room, Request request, FileId file, Credentials who, Open wanted) {
        super(room, request, file, who);
        this.file = file;
        this.wanted = wanted;
    }

    static Opening of(Room room, Request request, Open wanted) throws FsException {
        return new Opening(
                room, request, Wire.fileId(wanted.getFile()), Wire.credentials(wanted.getCredentials()), wanted);
    }

    @Override
    boolean answeredShared(Export export) throws FsException {
        if (tried || wanted.getTruncate()) {
            return false;
        }
        tried = true;
        export.names().readLock().lock();
        try {
            check();
            return room.files().open(wish());
        } finally {
            export.names().readLock().unlock();
        }
    }

    boolean isOf(FileId other) {
        return file.equals(other);
    }

    private void check() throws FsException {
        Attributes attributes = room.domain(file).attributes(file);
        checkOpenable(attributes, wanted.getWrite() || wanted.getTruncate());
        boolean write = wanted.getWrite() || wanted.getTruncate();
        Permission.open(attributes, who, wanted.getRead(), write, wanted.getExecute());
    }

    /** IS_DIRECTORY for one opened for writing; INVALID for what is neither file nor directory. */
    static void checkOpenable(Attributes attributes, boolean write) throws FsException {
        if (attributes.isDirectory() && write) {
            throw new FsException("open", attributes.file() + "", FsError.IS_DIRECTORY);
        }
        if (!attributes.isRegular()) {
            throw new FsException("open", attributes.file() + "", FsError.INVALID);
        }
    }

    @Override
    void over() {
        Truncation truncated = truncation;
        if (truncated != null) {
            truncated.over();
        }
    }

    private OpenWish wish() {
        OpenMode mode = new OpenMode(wanted.getRead(), wanted.getWrite(), wanted.getExecute());
        OpenAnswer answer = new OpenAnswer(room, request, file, wanted.getWantData(), wanted.getKnownVersion(), null);
        return new OpenWish(request.session(), file, seq -> new Event.Open(request.client(), mode, seq), null, answer);
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException {
        check();
        falsified.add(GrantKey.attributes(file));
        return null;
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        if (wanted.getTruncate() && truncation == null) {
            truncation = new Truncation(room, request, file, who);
        }
        Truncation truncated = truncation;
        if (truncated != null && !truncated.isAsked()) {
            CompletableFuture<?> wait = truncated.ask();
            if (wait != null) {
                return wait;
            }
        }
        if (truncated != null && truncated.refusal() != null) {
            throw new FsException("open", file + "", truncated.refusal());
        }
        boolean _ = room.files().open(wish());
        return null;
    }
}
