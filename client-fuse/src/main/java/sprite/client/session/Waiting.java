package sprite.client.session;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import sprite.client.call.Call;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/** Waits that look up now and then. No state. */
final class Waiting {
    /** The first look, and the only interval of threads that work for no program. */
    private static final long LOOK_MILLIS = 20;

    /** Hundreds of calls may wait at a time. */
    private static final long LOOK_MILLIS_MAX = 160;

    private Waiting() {}

    /** Asked while waiting; throws to end the wait. */
    @FunctionalInterface
    interface Look {
        void look() throws FsException;
    }

    /** Waits until {@code answer} is there or {@code look} has enough. */
    static <T> T await(String operation, CompletableFuture<T> answer, Look look) throws FsException {
        long millis = LOOK_MILLIS;
        while (true) {
            try {
                return answer.get(millis, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                look.look();
                millis = nextMillis(millis);
            } catch (ExecutionException e) {
                throw refusal(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FsException(operation, "interrupted", FsError.INTERRUPTED);
            }
        }
    }

    /** Waits as long as it takes. */
    static <T> T join(String operation, CompletableFuture<T> answer) throws FsException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw refusal(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(operation, "interrupted", FsError.INTERRUPTED);
        }
    }

    private static long nextMillis(long millis) {
        return Call.current() == null ? millis : Math.min(LOOK_MILLIS_MAX, millis * 2);
    }

    private static FsException refusal(@Nullable Throwable cause) {
        return switch (cause) {
            case FsException e -> e;
            case RuntimeException bug -> throw bug;
            case Error bug -> throw bug;
            case null, default -> throw new IllegalStateException(cause);
        };
    }
}
