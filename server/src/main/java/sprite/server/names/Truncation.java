package sprite.server.names;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Access;
import sprite.common.file.Attributes;
import sprite.common.file.Credentials;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.consistency.Event;
import sprite.server.domain.Command;
import sprite.server.domain.ReplyKey;
import sprite.server.open.OpenWish;
import sprite.server.open.PageHolders;
import sprite.server.session.Request;

/**
 * O_TRUNC: a change that goes before an open. That it has been made is kept like a reply: the open may be asked for
 * again when others have written since. Thread-safe: volatile fields.
 */
final class Truncation implements OpenWish.Answer {
    private final Room room;
    private final Request request;
    private final FileId file;
    private final Credentials who;
    private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    private final PageHolders.Claim claim;
    private volatile boolean isAsked;
    private volatile @Nullable FsError refusal;

    Truncation(Room room, Request request, FileId file, Credentials who) {
        this.room = room;
        this.request = request;
        this.file = file;
        this.who = who;
        this.claim = room.files().pages().claim(file, request.session());
    }

    /** Asks for it, once. Returns what to wait for before asking again, or before looking at {@link #refusal}. */
    @Nullable
    CompletableFuture<?> ask() throws FsException {
        CompletableFuture<?> wait = claim.reserve();
        if (wait != null) {
            return wait;
        }
        boolean _ = room.files()
                .open(new OpenWish(
                        request.session(),
                        file,
                        seq -> new Event.Change(request.client(), seq),
                        this::toNothing,
                        this));
        isAsked = true;
        return done.isDone() ? null : done;
    }

    /** Whether it has been asked for. */
    boolean isAsked() {
        return isAsked;
    }

    /** It has been made, or will not be. */
    void over() {
        claim.close();
    }

    /** Why it was refused; null if it was not. */
    @Nullable
    FsError refusal() {
        return refusal;
    }

    /** The set-id bits go too, for somebody without privilege. */
    private Object toNothing() throws FsException {
        Attributes before = room.domain(file).attributes(file);
        room.clearCapabilities(before);
        FileTime now = room.now();
        Integer mode = Permission.losesSetId(before, who) ? Access.withoutSetId(before.mode()) : null;
        var command = new Command.SetAttributes(now, file, mode, null, null, 0L, null, now, now);
        ReplyKey key = ReplyKey.of(request.client().value(), request.seq());
        return room.domain(file)
                .apply(
                        command,
                        key,
                        done -> ServerFrame.newBuilder()
                                .setOpen(OpenReply.newBuilder().setAttributes(Wire.toWire(done.file())))
                                .build()
                                .toByteArray());
    }

    @Override
    public void granted(OpenWish.Opened opened) {
        over();
        done.complete(null);
    }

    @Override
    public void refused(FsError error) {
        refusal = error;
        over();
        done.complete(null);
    }
}
