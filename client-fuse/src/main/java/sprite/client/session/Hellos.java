package sprite.client.session;

import org.jspecify.annotations.Nullable;
import sprite.common.wire.Protocol;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Hello;
import sprite.common.wire.proto.KeepAlive;
import sprite.common.wire.proto.SessionStamp;
import sprite.common.wire.proto.Welcome;

/** How a client introduces itself, on streams and in data calls. Pure functions. */
final class Hellos {
    private Hellos() {}

    /** Introduces the client; asks to resume {@code last}'s session if there was one. */
    static ClientFrame hello(LinkConfig config, @Nullable Welcome last) {
        Hello.Builder hello = Hello.newBuilder()
                .setProtocol(Protocol.VERSION)
                .setClient(config.client())
                .setName(config.name());
        if (last != null) {
            hello.setServerEpoch(last.getServerEpoch()).setSessionEpoch(last.getSessionEpoch());
        }
        return ClientFrame.newBuilder().setHello(hello).build();
    }

    /** Says that the client lives; the server says the same, with the stamp. */
    static ClientFrame.Builder alive() {
        return ClientFrame.newBuilder().setKeepAlive(KeepAlive.newBuilder().setStamp(System.nanoTime()));
    }

    /** The stamp that data calls carry; empty before the first Welcome. */
    static SessionStamp stamp(LinkConfig config, @Nullable Welcome current) {
        return current == null
                ? SessionStamp.getDefaultInstance()
                : SessionStamp.newBuilder()
                        .setClient(config.client())
                        .setServerEpoch(current.getServerEpoch())
                        .setSessionEpoch(current.getSessionEpoch())
                        .build();
    }
}
