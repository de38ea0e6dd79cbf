package sprite.common.wire;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/**
 * The one translation between {@link FsError} and gRPC's status. The exact error rides in a trailer; the status code is
 * for tools that look from outside.
 */
public final class RpcErrors {
    private static final Metadata.Key<String> ERROR =
            Metadata.Key.of("spritefs-error", Metadata.ASCII_STRING_MARSHALLER);

    private RpcErrors() {}

    /** What to end a failed call with. */
    public static StatusException toStatus(FsException refusal) {
        Metadata trailers = new Metadata();
        trailers.put(ERROR, refusal.error().name());
        return statusOf(refusal.error()).withDescription(refusal.getMessage()).asException(trailers);
    }

    /**
     * What a failed call means: the server's own error if the trailer has one, else {@link FsError#TIMED_OUT} for a
     * server that cannot be reached and {@link FsError#IO} for everything else.
     */
    public static FsException fromStatus(String operation, String subject, StatusException failure) {
        return from(operation, subject, failure.getStatus(), failure.getTrailers());
    }

    /** As {@link #fromStatus(String, String, StatusException)}. */
    public static FsException fromStatus(String operation, String subject, StatusRuntimeException failure) {
        return from(operation, subject, failure.getStatus(), failure.getTrailers());
    }

    /** The error of that name, or {@link FsError#IO} for a name from a later version. */
    public static FsError named(String name) {
        for (FsError error : FsError.values()) {
            if (error.name().equals(name)) {
                return error;
            }
        }
        return FsError.IO;
    }

    private static FsException from(String operation, String subject, Status status, @Nullable Metadata trailers) {
        String name = trailers == null ? null : trailers.get(ERROR);
        if (name != null) {
            return new FsException(operation, subject, named(name));
        }
        String detail = status.getDescription() == null ? "" : " (" + status.getDescription() + ")";
        return new FsException(operation, subject + detail, isUnreachable(status) ? FsError.TIMED_OUT : FsError.IO);
    }

    private static boolean isUnreachable(Status status) {
        return switch (status.getCode()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED -> true;
            // Netty's transport says UNKNOWN (ClosedChannelException) if it comes to use a connection whose end it has
            // not yet told. An UNKNOWN that came from the server has no cause.
            case UNKNOWN -> status.getCause() instanceof IOException;
            default -> false;
        };
    }

    private static Status statusOf(FsError error) {
        return switch (error) {
            case NOT_FOUND, NO_ATTRIBUTE, NO_PREFIX -> Status.NOT_FOUND;
            case EXISTS -> Status.ALREADY_EXISTS;
            case ACCESS_DENIED, NOT_PERMITTED, READ_ONLY -> Status.PERMISSION_DENIED;
            case INVALID, NAME_TOO_LONG, BAD_REQUEST, PROTOCOL_MISMATCH, TOO_SMALL, TOO_LARGE ->
                Status.INVALID_ARGUMENT;
            case NOT_DIRECTORY, IS_DIRECTORY, NOT_EMPTY, CROSS_DOMAIN, TOO_MANY_REDIRECTS, TEXT_BUSY, BUSY, STALE ->
                Status.FAILED_PRECONDITION;
            case FILE_TOO_BIG, PAST_END -> Status.OUT_OF_RANGE;
            case NO_SPACE, TOO_MANY_LINKS -> Status.RESOURCE_EXHAUSTED;
            case WOULD_BLOCK, DEADLOCK -> Status.ABORTED;
            case INTERRUPTED -> Status.CANCELLED;
            case NOT_SUPPORTED -> Status.UNIMPLEMENTED;
            case TIMED_OUT -> Status.UNAVAILABLE;
            case CORRUPT -> Status.DATA_LOSS;
            case IO -> Status.INTERNAL;
        };
    }
}
