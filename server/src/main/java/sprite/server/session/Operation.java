package sprite.server.session;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;

/**
 * The execution of one request, in attempts: the first on the thread that reads the stream, later ones on others, never
 * two at once.
 */
@FunctionalInterface
public interface Operation {
    /**
     * Tries to carry it out, without waiting for any client.
     *
     * @return null if it has been answered, or will be by somebody else; otherwise what to wait for before trying again
     *     (how that ends does not matter)
     * @throws FsException the answer is this refusal
     */
    @Nullable
    CompletableFuture<?> attempt() throws FsException;
}
