package sprite.client.session;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.proto.Welcome;

/** How a line begins. No state. */
final class FirstHello {
    /** How long a server may take to answer Hello. */
    static final Duration ANSWER = Duration.ofSeconds(5);

    private FirstHello() {}

    /** Says hello for the first time. TIMED_OUT without an answer in 5 s, or what the server refuses with. */
    static void say(SessionStream session, Channels channels) throws FsException {
        try {
            Welcome first = session.greet().get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
            session.welcomed(first);
            new KeepingAlive(session, channels, first.getLeaseMillis() / 4).begin();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof FsException refusal ? refusal : session.silence.away("connect");
        } catch (TimeoutException e) {
            throw session.silence.away("connect");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException("connect", channels.address(), FsError.INTERRUPTED);
        }
    }
}
