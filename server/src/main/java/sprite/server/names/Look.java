package sprite.server.names;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.Credentials;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributesReply;
import sprite.common.wire.proto.LookupReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.server.domain.Entry;
import sprite.server.open.Export;
import sprite.server.session.GrantKey;
import sprite.server.session.Operation;
import sprite.server.session.Request;

/** One look at a name or a file's attributes. Confined to one attempt at a time. */
abstract class Look implements Operation {
    final Room room;
    final Request request;
    private final FileId home;
    /** What the last look had to wait for. */
    @Nullable
    CompletableFuture<?> asked;

    private Look(Room room, Request request, FileId home) {
        this.room = room;
        this.request = request;
        this.home = home;
    }

    @Override
    public final @Nullable CompletableFuture<?> attempt() throws FsException {
        Export export = room.export(home);
        export.names().readLock().lock();
        try {
            CompletableFuture<?> wait = look(export);
            asked = wait;
            return wait;
        } finally {
            export.names().readLock().unlock();
        }
    }

    abstract @Nullable CompletableFuture<?> look(Export export) throws FsException;

    /** GetAttributes. */
    static final class AtFile extends Look {
        private final FileId file;

        AtFile(Room room, Request request, FileId file) {
            super(room, request, file);
            this.file = file;
        }

        @Override
        @Nullable
        CompletableFuture<?> look(Export export) throws FsException {
            return room.files()
                    .look(
                            file,
                            request.session(),
                            asked,
                            seen -> request.reply(ServerFrame.newBuilder()
                                    .setAttributes(AttributesReply.newBuilder()
                                            .setAttributes(Wire.toWire(seen.attributes()))
                                            .setGranted(seen.granted()))));
        }
    }

    /** Lookup. */
    static final class AtName extends Look {
        private final FileId directory;
        private final FileName name;
        private final Credentials who;

        AtName(Room room, Request request, FileId directory, FileName name, Credentials who) {
            super(room, request, directory);
            this.directory = directory;
            this.name = name;
            this.who = who;
        }

        @Override
        @Nullable
        CompletableFuture<?> look(Export export) throws FsException {
            Attributes parent = room.directory(directory);
            Permission.search(parent, who);
            Entry entry = export.domain().lookup(directory, name);
            LookupReply.Builder reply = LookupReply.newBuilder()
                    .setDirectory(Wire.toWire(parent))
                    .setNamesGranted(room.grants().give(GrantKey.names(directory), request.session()))
                    .setDirectoryGranted(room.grants().give(GrantKey.attributes(directory), request.session()));
            if (entry == null) {
                request.reply(ServerFrame.newBuilder().setLookup(reply));
                return null;
            }
            return room.files()
                    .look(
                            entry.file(),
                            request.session(),
                            asked,
                            seen -> request.reply(ServerFrame.newBuilder()
                                    .setLookup(reply.setFound(true)
                                            .setAttributes(Wire.toWire(seen.attributes()))
                                            .setAttributesGranted(seen.granted()))));
        }
    }
}
