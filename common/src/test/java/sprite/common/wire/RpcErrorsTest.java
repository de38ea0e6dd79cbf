package sprite.common.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.Status;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/** What the end of a call means. */
final class RpcErrorsTest {
    private static FsError meaning(Status status) {
        return RpcErrors.fromStatus("write", "server", status.asRuntimeException())
                .error();
    }

    @ParameterizedTest
    @EnumSource
    void theServersErrorIsWhatItSaid(FsError error) {
        var said = RpcErrors.toStatus(new FsException("write", "file", error));
        assertEquals(error, RpcErrors.fromStatus("write", "server", said).error());
        assertEquals(error, RpcErrors.named(error.name()));
    }

    @Test
    void aConnectionThatEndsUnderACallIsAServerThatCannotBeReached() {
        assertEquals(FsError.TIMED_OUT, meaning(Status.UNAVAILABLE));
        assertEquals(FsError.TIMED_OUT, meaning(Status.CANCELLED));
        assertEquals(
                FsError.TIMED_OUT,
                meaning(Status.UNKNOWN.withDescription("channel closed").withCause(new ClosedChannelException())));
    }

    @Test
    void whatNobodyExplainsIsNotAskedForForEver() {
        assertEquals(FsError.IO, meaning(Status.UNKNOWN));
        assertEquals(FsError.IO, meaning(Status.UNKNOWN.withCause(new IllegalStateException("a bug"))));
        assertEquals(FsError.IO, meaning(Status.RESOURCE_EXHAUSTED));
        assertEquals(FsError.IO, meaning(Status.INTERNAL));
    }
}
