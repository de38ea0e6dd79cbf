package sprite.server.names;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Create;
import sprite.common.wire.proto.Open;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.consistency.Event;
import sprite.consistency.OpenMode;
import sprite.server.domain.Entry;
import sprite.server.domain.Outcome;
import sprite.server.open.OpenWish;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/** open(2) with O_CREAT: makes and opens the file, or opens the one that is there. */
final class Creation extends Change {
    private final Create wanted;
    private final FileId directory;
    private final FileName name;
    private @Nullable Opening existing;

    Creation(Room room, Request request, Create wanted) throws FsException {
        super(room, request, Wire.fileId(wanted.getDirectory()), Wire.credentials(wanted.getCredentials()));
        this.wanted = wanted;
        this.directory = Wire.fileId(wanted.getDirectory());
        this.name = Wire.fileName(wanted.getName());
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException {
        Attributes parent = room.directory(directory);
        Permission.search(parent, who);
        Entry there = room.domain(directory).lookup(directory, name);
        if (there != null) {
            if (wanted.getExclusive()) {
                throw new FsException("create", name + "", FsError.EXISTS);
            }
            Opening opening = existing;
            if (opening == null || !opening.isOf(there.file())) {
                over();
                opening = openingOf(there.file());
            }
            existing = opening;
            return opening.prepare(falsified);
        }
        over();
        existing = null;
        Permission.change(parent, who);
        falsified.add(GrantKey.names(directory));
        falsified.add(GrantKey.attributes(directory));
        return null;
    }

    @Override
    void over() {
        Opening opening = existing;
        if (opening != null) {
            opening.over();
        }
    }

    private Opening openingOf(FileId file) throws FsException {
        return Opening.of(
                room,
                request,
                Open.newBuilder()
                        .setFile(Wire.toWire(file))
                        .setRead(wanted.getRead())
                        .setWrite(wanted.getWrite())
                        .setTruncate(wanted.getTruncate())
                        .setCredentials(wanted.getCredentials())
                        .build());
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        Opening opening = existing;
        if (opening != null) {
            return opening.carryOut();
        }
        Attributes parent = room.directory(directory);
        Outcome outcome = apply(
                Making.make(room, parent, name, FileType.REGULAR, wanted.getMode(), wanted.getUmask(), who),
                done -> ServerFrame.newBuilder().setOpen(created(done)));
        OpenReply.Builder told =
                created(outcome).setDirectoryGranted(attributesGranted(parent)).setNamesGranted(namesGranted(parent));
        boolean _ = room.files().open(wish(room, request, wanted, told.build())); // nobody else knows of it
        return null;
    }

    static OpenReply.Builder created(Outcome outcome) {
        OpenReply.Builder reply = OpenReply.newBuilder().setCreated(true).setAttributes(Wire.toWire(outcome.file()));
        Attributes parent = outcome.directory();
        return parent == null ? reply : reply.setDirectory(Wire.toWire(parent));
    }

    /** To open the file that was made, and to tell so. */
    static OpenWish wish(Room room, Request request, Create wanted, OpenReply told) throws FsException {
        FileId file = Wire.fileId(told.getAttributes().getFile());
        OpenMode mode = new OpenMode(wanted.getRead(), wanted.getWrite(), false);
        OpenAnswer answer = new OpenAnswer(room, request, file, false, 0, told);
        return new OpenWish(
                request.session(),
                file,
                seq -> new Event.Open(request.client(), mode, seq),
                null,
                answer,
                wanted.getNameless());
    }
}
