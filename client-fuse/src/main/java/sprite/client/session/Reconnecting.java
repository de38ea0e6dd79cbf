package sprite.client.session;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.wire.proto.Welcome;

/**
 * Says hello to a server that went away, until it answers or the client is done with it. A server that refuses is asked
 * again after a pause, one that is silent by a new connection. Confined to one virtual thread.
 */
final class Reconnecting implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Reconnecting.class);
    private static final long FIRST_PAUSE_MILLIS = 20;
    private static final long PAUSE_MILLIS_MAX = 1_000;

    private final SessionStream session;
    private final Channels channels;

    private Reconnecting(SessionStream session, Channels channels) {
        this.session = session;
        this.channels = channels;
    }

    /** On a thread of its own. */
    static void begin(SessionStream session, Channels channels) {
        Thread.ofVirtual().name("reconnect " + channels.address()).start(new Reconnecting(session, channels));
    }

    @Override
    public void run() {
        long pauseMillis = FIRST_PAUSE_MILLIS;
        while (session.isOpenAfter(pauseMillis)) {
            try {
                channels.hurry();
                Welcome back = session.greet().get(FirstHello.ANSWER.toMillis(), TimeUnit.MILLISECONDS);
                log.warn("{}: the server is back", channels.address());
                session.welcomed(back);
                return;
            } catch (ExecutionException e) {
                pauseMillis = Math.min(PAUSE_MILLIS_MAX, pauseMillis * 2);
            } catch (TimeoutException e) {
                channels.replace();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
