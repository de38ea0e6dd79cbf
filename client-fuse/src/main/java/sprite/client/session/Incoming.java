package sprite.client.session;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.RpcErrors;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.Welcome;

/** What arrives on one stream: the answer to Hello first, then everything else. Confined to that stream's thread. */
final class Incoming implements StreamObserver<ServerFrame> {
    /** Hears the stream of a number that is not known yet. */
    interface Numbered {
        Incoming on(int number);
    }

    private final SessionStream session;
    private final String address;
    private final int number;
    private final CompletableFuture<Welcome> firstAnswer;

    /**
     * Hears one stream.
     *
     * @param number of the stream, so that the end of an old one is not taken for the end of a new one
     * @param firstAnswer completed with the answer to Hello
     */
    Incoming(SessionStream session, String address, int number, CompletableFuture<Welcome> firstAnswer) {
        this.session = session;
        this.address = address;
        this.number = number;
        this.firstAnswer = firstAnswer;
    }

    @Override
    public void onNext(ServerFrame frame) {
        if (frame.hasWelcome()) {
            firstAnswer.complete(frame.getWelcome());
        } else if (!firstAnswer.isDone() && frame.hasError()) {
            firstAnswer.completeExceptionally(new FsException(
                    "connect",
                    address + " (" + frame.getError().getDetail() + ")",
                    RpcErrors.named(frame.getError().getCode())));
        } else {
            session.received(frame);
        }
    }

    @Override
    public void onError(Throwable failure) {
        end(
                failure instanceof StatusRuntimeException status
                        ? RpcErrors.fromStatus("session", address, status)
                        : new FsException("session", address, FsError.IO));
    }

    @Override
    public void onCompleted() {
        end(session.silence.away("session"));
    }

    private void end(FsException why) {
        firstAnswer.completeExceptionally(why);
        session.broken(number, why);
    }
}
