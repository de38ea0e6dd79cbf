package sprite.client.cli;

import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.Protocol;
import sprite.common.wire.RpcErrors;
import sprite.common.wire.proto.Domain;
import sprite.common.wire.proto.FileServerGrpc;
import sprite.common.wire.proto.LinkPrefixRequest;
import sprite.common.wire.proto.LocateRequest;
import sprite.common.wire.proto.StatusRequest;

/** A file server that a command asks something, once. Confined to the command. */
final class Server implements AutoCloseable {
    /** How long a command waits for an answer. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Pattern ADDRESS = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:/\\s\\[\\]]+):([0-9]{1,5})");
    private static final int PORT_MAX = 65_535;

    private final String address;
    private final Duration patience;
    private final ManagedChannel channel;

    Server(String address) throws CommandException {
        this(address, PATIENCE);
    }

    Server(String address, Duration patience) throws CommandException {
        if (!isAddress(address)) {
            throw new CommandException("'" + address + "' is no address of a server; it looks like HOST:PORT");
        }
        this.address = address;
        this.patience = patience;
        channel = NettyChannelBuilder.forTarget("dns:///" + address)
                .usePlaintext()
                .maxInboundMessageSize(Protocol.MESSAGE_MAX)
                .build();
    }

    /** Whether the text looks like HOST:PORT. */
    static boolean isAddress(String text) {
        var match = ADDRESS.matcher(text);
        if (!match.matches()) {
            return false;
        }
        int port = Integer.parseInt(match.group(2));
        return port > 0 && port <= PORT_MAX;
    }

    /** What the server says of itself, JSON. */
    String status() throws CommandException {
        return ask("status", () -> stub().status(StatusRequest.getDefaultInstance()))
                .getJson();
    }

    /** The domains that the server exports. */
    List<Domain> exports() throws CommandException {
        return ask("locate", () -> stub().locate(LocateRequest.getDefaultInstance()))
                .getExportsList();
    }

    /** Makes or removes the remote link for a prefix, in a domain that the server exports. */
    void linkPrefix(String prefix, boolean remove) throws CommandException {
        var request = LinkPrefixRequest.newBuilder()
                .setPrefix(prefix)
                .setRemove(remove)
                .build();
        var _ = ask((remove ? "remove" : "add") + " prefix " + prefix, () -> stub().linkPrefix(request));
    }

    private FileServerGrpc.FileServerBlockingV2Stub stub() {
        return FileServerGrpc.newBlockingV2Stub(channel).withDeadlineAfter(patience);
    }

    /** A call over the wire. */
    @FunctionalInterface
    private interface Call<R> {
        R run() throws StatusException;
    }

    private <R> R ask(String what, Call<R> call) throws CommandException {
        try {
            return call.run();
        } catch (StatusException e) {
            FsException refusal = RpcErrors.fromStatus(what, address, e);
            if (refusal.error() == FsError.TIMED_OUT) {
                throw new CommandException("no spritefs server answers at " + address
                        + "; check the address and that 'spritefs server' runs there");
            }
            throw new CommandException("the server " + address + " refused to " + what + ": " + reason(e, refusal));
        }
    }

    private static String reason(StatusException e, FsException refusal) {
        String description = e.getStatus().getDescription();
        return description == null ? refusal.error().name() : description;
    }

    @Override
    public void close() {
        channel.shutdownNow();
        try {
            if (!channel.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                return; // the process ends soon anyway
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
