package sprite.client.space;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sprite.client.session.LinkEvents;
import sprite.client.session.ServerLink;
import sprite.common.name.FileId;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.CallbackDone;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Domain;
import sprite.common.wire.proto.ServerFrame;

/**
 * Takes what servers say unasked to whoever caches. Revocations of names and attributes are obeyed here, on the
 * stream's thread; callbacks about data go to the file cache, which works on its own threads. Thread-safe: one
 * reference, set once.
 */
final class Dispatcher implements LinkEvents {
    private final AtomicReference<@Nullable Holdings> holdings = new AtomicReference<>();

    /** From now on there is something to revoke. */
    void begin(Holdings held) {
        holdings.set(held);
    }

    @Override
    public void callback(ServerLink link, Callback callback) {
        FileId file = Trusted.file(callback.getFile());
        Holdings held = holdings.get();
        boolean aboutData = callback.getWriteBack()
                || callback.getInvalidate()
                || callback.getDelete()
                || callback.getDropPages() != 0
                || callback.getReportAttributes();
        if (held == null) {
            obeyed(link, callback);
            return;
        }
        if (callback.getRevokeNames()) {
            held.names().drop(file);
        }
        if (callback.getRevokeAttributes() || callback.getInvalidate() || callback.getDelete()) {
            held.attributes().drop(file);
        }
        CompletableFuture<?> forgotten = held.loans().forgotten(file);
        if (aboutData) {
            held.files().callback(link, callback, forgotten);
        } else {
            // Here and now, on the borrower's thread, or after a moment. In a session of its own by then, the server
            // ignores it.
            var _ = forgotten.whenComplete((_, _) -> obeyed(link, callback));
        }
    }

    private static void obeyed(ServerLink link, Callback callback) {
        link.send(ClientFrame.newBuilder()
                .setCallbackDone(CallbackDone.newBuilder().setId(callback.getId())));
    }

    @Override
    public void sessionInherited(ServerLink link, boolean recovering, SessionRecovery recovery) {
        Holdings held = holdings.get();
        if (held == null) {
            recovery.finished();
            return;
        }
        held.files().inheritance().sessionInherited(link, recovering ? reclaiming(held, link) : _ -> {}, recovery);
    }

    @Override
    public void sessionLost(ServerLink link, SessionRecovery recovery) {
        Holdings held = holdings.get();
        if (held == null) {
            recovery.finished();
            return;
        }
        for (Domain domain : link.domains()) {
            held.names().dropDomain(domain.getNumber());
            held.attributes().dropDomain(domain.getNumber());
        }
        held.files().sessionLost(link, reclaiming(held, link), recovery);
    }

    @Override
    public void answeredBefore(ServerLink link, ServerFrame answer) {
        Holdings held = holdings.get();
        if (held != null) {
            held.files().inheritance().answeredBefore(link, answer);
        }
    }

    private static Consumer<BooleanSupplier> reclaiming(Holdings held, ServerLink link) {
        return isInVain -> new Reclaiming(held, link, isInVain).run();
    }
}
