package sprite.client.session;

import org.jspecify.annotations.Nullable;
import sprite.common.wire.Protocol;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Hello;
import sprite.common.wire.proto.Welcome;

/** The first frame of every stream. Pure functions. */
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
}
