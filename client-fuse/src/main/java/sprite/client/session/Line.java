package sprite.client.session;

import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;
import sprite.common.wire.proto.ClientFrame;

/**
 * The stream that a session is on at the moment, and the one on which Hello has been said and Welcome not heard.
 * Confined to its session's lock.
 */
final class Line {
    private final Channels channels;
    private int number;
    private long helloNanos;
    private @Nullable StreamObserver<ClientFrame> stream;
    private @Nullable StreamObserver<ClientFrame> greeted;

    Line(Channels channels) {
        this.channels = channels;
    }

    /** Opens a stream, whose number is greater than all before, and says Hello on it. */
    void greet(Incoming.Numbered incoming, ClientFrame hello) {
        number++;
        helloNanos = System.nanoTime();
        StreamObserver<ClientFrame> fresh = channels.openSession(incoming.on(number));
        greeted = fresh;
        channels.say(fresh, hello);
    }

    /** When Hello was said last. */
    long helloNanos() {
        return helloNanos;
    }

    /** Hello has been answered; false if the stream broke after that. */
    boolean take() {
        stream = greeted;
        return stream != null;
    }

    /** Hello has been answered, and there is nothing more to say. */
    void decline() {
        stream = greeted;
        end();
    }

    boolean isUp() {
        return stream != null;
    }

    /** A stream is no more; returns whether that was the session's. */
    boolean broke(int which) {
        if (which != number) {
            return false;
        }
        greeted = null; // whoever said hello on it finds out, perhaps when it takes it
        boolean wasUp = stream != null;
        stream = null;
        return wasUp;
    }

    /** Says something, if there is somebody to say it to. */
    void say(ClientFrame frame) {
        StreamObserver<ClientFrame> to = stream;
        if (to != null) {
            channels.say(to, frame);
        }
    }

    /** Nothing more is said. */
    void end() {
        StreamObserver<ClientFrame> last = stream;
        if (last != null) {
            last.onCompleted();
        }
        stream = null;
    }
}
