package sprite.server.session;

import sprite.common.error.FsException;
import sprite.common.wire.proto.Error;
import sprite.common.wire.proto.ServerFrame;
import sprite.consistency.ClientId;

/** A request that waits for its answer. Immutable. */
public record Request(Session session, long seq) {
    /** Who asks. */
    public ClientId client() {
        return session.client();
    }

    /** Answers. Only the first answer counts. */
    public void reply(ServerFrame.Builder answer) {
        session.reply(seq, answer);
    }

    /** Answers with a refusal. */
    public void refuse(FsException why) {
        session.refused(why);
        reply(ServerFrame.newBuilder()
                .setError(Error.newBuilder().setCode(why.error().name()).setDetail(why.getMessage() + "")));
    }
}
