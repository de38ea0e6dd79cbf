package sprite.server.names;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Credentials;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Allocate;
import sprite.common.wire.proto.AttributesReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.consistency.Event;
import sprite.consistency.FileConsistency;
import sprite.server.domain.Command;
import sprite.server.open.OpenWish;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/** fallocate(2), through a descriptor that is open for writing; to others like a truncation. */
final class Allocation extends Change {
    private final Allocate wanted;
    private final FileId file;

    Allocation(Room room, Request request, Allocate wanted) throws FsException {
        super(room, request, Wire.fileId(wanted.getFile()), Credentials.ROOT);
        this.wanted = wanted;
        this.file = Wire.fileId(wanted.getFile());
        if (wanted.getOffset() < 0 || wanted.getLength() <= 0) {
            throw new FsException("allocate", file + "", FsError.INVALID);
        }
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException {
        FileConsistency state = room.files().consistency(file);
        if (state == null || state.now().use(request.client()).writers() == 0) {
            throw new FsException("allocate", file + " (not open for writing)", FsError.STALE);
        }
        falsified.add(GrantKey.attributes(file));
        return null;
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        CompletableFuture<?> wait = awaitNoPages(file);
        if (wait != null) {
            return wait;
        }
        boolean _ = room.files()
                .open(new OpenWish(
                        request.session(),
                        file,
                        seq -> new Event.Change(request.client(), seq),
                        this::allocate,
                        new OpenWish.Answer() {
                            @Override
                            public void granted(OpenWish.Opened opened) {
                                over();
                                request.reply(ServerFrame.newBuilder()
                                        .setAttributes(AttributesReply.newBuilder()
                                                .setAttributes(Wire.toWire(opened.attributes()))
                                                .setGranted(opened.attributesGranted())));
                            }

                            @Override
                            public void refused(FsError error) {
                                over();
                                request.refuse(new FsException("allocate", file + "", error));
                            }
                        }));
        return null;
    }

    private Object allocate() throws FsException {
        var command = new Command.Allocate(room.now(), file, wanted.getMode(), wanted.getOffset(), wanted.getLength());
        return apply(
                command,
                done -> ServerFrame.newBuilder()
                        .setAttributes(AttributesReply.newBuilder().setAttributes(Wire.toWire(done.file()))));
    }
}
