package sprite.server.names;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributesReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SetAttributes;
import sprite.consistency.Event;
import sprite.server.domain.Command;
import sprite.server.domain.Outcome;
import sprite.server.open.OpenWish;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/** chmod(2), chown(2), utimensat(2) and truncate(2). A new size is, to others, an open for writing and a close. */
final class AttributeChange extends Change {
    private final SetAttributes wanted;
    private final FileId file;
    private @Nullable CompletableFuture<?> asked;

    AttributeChange(Room room, Request request, SetAttributes wanted) throws FsException {
        super(room, request, Wire.fileId(wanted.getFile()), Wire.credentials(wanted.getCredentials()));
        this.wanted = wanted;
        this.file = Wire.fileId(wanted.getFile());
        if (wanted.getSetSize() && wanted.getSize() < 0) {
            throw new FsException("truncate", file + "", FsError.INVALID);
        }
        if (wanted.getSetSize() && wanted.getSize() > Attributes.SIZE_MAX) {
            throw new FsException("truncate", file + "", FsError.FILE_TOO_BIG);
        }
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException {
        Attributes attributes = room.files().attributes(file);
        Permission.setAttributes(attributes, who, wanted);
        if (wanted.getSetSize() && !attributes.isRegular()) {
            throw new FsException(
                    "truncate", file + "", attributes.isDirectory() ? FsError.IS_DIRECTORY : FsError.INVALID);
        }
        if (asked == null && !wanted.getSetSize()) {
            asked = room.files().askAuthority(file, request.session());
            if (asked != null) {
                return asked;
            }
        }
        falsified.add(GrantKey.attributes(file));
        return null;
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        if (!wanted.getSetSize()) {
            answer(set());
            return null;
        }
        CompletableFuture<?> wait = awaitNoPages(file);
        if (wait != null) {
            return wait;
        }
        boolean _ = room.files()
                .open(new OpenWish(
                        request.session(),
                        file,
                        seq -> new Event.Change(request.client(), seq),
                        this::set,
                        new OpenWish.Answer() {
                            @Override
                            public void granted(OpenWish.Opened opened) throws FsException {
                                over();
                                reply(opened.attributes(), opened.attributesGranted());
                            }

                            @Override
                            public void refused(FsError error) {
                                over();
                                request.refuse(new FsException("truncate", file + "", error));
                            }
                        }));
        return null;
    }

    private void answer(Outcome outcome) throws FsException {
        if (wanted.getSetModified()) {
            room.files().modifiedSet(file, outcome.file().modified(), asked);
        }
        reply(room.files().attributes(file), attributesGranted(outcome.file()));
    }

    private void reply(Attributes attributes, boolean granted) {
        request.reply(ServerFrame.newBuilder()
                .setAttributes(AttributesReply.newBuilder()
                        .setAttributes(Wire.toWire(attributes))
                        .setGranted(granted)));
    }

    private ServerFrame.Builder kept(Attributes attributes) {
        return ServerFrame.newBuilder()
                .setAttributes(AttributesReply.newBuilder()
                        .setAttributes(Wire.toWire(attributes))
                        .setSizeSet(wanted.getSetSize()));
    }

    private Outcome set() throws FsException {
        Attributes before = room.domain(file).attributes(file);
        boolean chown = wanted.getSetUid() || wanted.getSetGid();
        if (wanted.getClearSetId() || wanted.getSetSize() || (chown && !before.isDirectory())) {
            room.clearCapabilities(before);
        }
        FileTime now = room.now();
        int mode = Permission.modeAfter(before, who, wanted);
        FileTime accessed =
                !wanted.getSetAccessed() ? null : wanted.getAccessedNow() ? now : Wire.fileTime(wanted.getAccessed());
        FileTime modified = !wanted.getSetModified()
                ? (wanted.getSetSize() ? now : null)
                : wanted.getModifiedNow() ? now : Wire.fileTime(wanted.getModified());
        return apply(
                new Command.SetAttributes(
                        now,
                        file,
                        mode == before.mode() ? null : mode,
                        wanted.getSetUid() ? wanted.getUid() : null,
                        wanted.getSetGid() ? wanted.getGid() : null,
                        wanted.getSetSize() ? wanted.getSize() : null,
                        accessed,
                        modified,
                        now),
                done -> kept(done.file()));
    }
}
