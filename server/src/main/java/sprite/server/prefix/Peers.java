package sprite.server.prefix;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedCollection;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.wire.Protocol;
import sprite.common.wire.proto.Domain;
import sprite.common.wire.proto.FileServerGrpc;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.LocateRequest;

/**
 * The other servers of the name space that this one was told of. All are asked at the same time; who does not answer
 * within {@link #DEADLINE} has nothing to say.
 *
 * <p>Thread-safe: immutable, and channels are.
 */
public final class Peers implements AutoCloseable {
    /** How long a peer has for an answer. */
    static final Duration DEADLINE = Duration.ofSeconds(2);

    private static final Logger log = LoggerFactory.getLogger(Peers.class);

    private final Map<HostPort, ManagedChannel> channels = new LinkedHashMap<>();

    /** These servers; none is asked yet, and none needs to be up. */
    public Peers(SequencedCollection<HostPort> addresses) {
        for (HostPort address : addresses) {
            channels.computeIfAbsent(
                    address,
                    _ -> NettyChannelBuilder.forAddress(address.host(), address.port())
                            .usePlaintext()
                            .maxInboundMessageSize(Protocol.MESSAGE_MAX)
                            .build());
        }
    }

    /** What the peers that answered in time say, in the order in which they were named. Blocks for the slowest. */
    Map<HostPort, LocateReply> ask(LocateRequest request) {
        Map<HostPort, Future<LocateReply>> calls = new LinkedHashMap<>();
        channels.forEach((address, channel) -> {
            tryAgainNow(channel);
            calls.put(
                    address,
                    FileServerGrpc.newFutureStub(channel)
                            .withDeadlineAfter(DEADLINE)
                            .locate(request));
        });
        Map<HostPort, LocateReply> replies = new LinkedHashMap<>();
        try {
            for (Map.Entry<HostPort, Future<LocateReply>> call : calls.entrySet()) {
                take(call.getKey(), call.getValue(), replies);
            }
        } catch (InterruptedException e) {
            calls.values().forEach(call -> call.cancel(true));
            Thread.currentThread().interrupt();
        }
        return replies;
    }

    /** What the peers that are up export. Blocks for the slowest. */
    public PeerExports exports() {
        Map<HostPort, List<Domain>> exports = new LinkedHashMap<>();
        ask(LocateRequest.getDefaultInstance()).forEach((peer, reply) -> exports.put(peer, reply.getExportsList()));
        for (HostPort peer : channels.keySet()) {
            if (!exports.containsKey(peer)) {
                log.info("peer {} does not answer; whether it exports the same prefixes it must find out itself", peer);
            }
        }
        return new PeerExports(exports);
    }

    /** Ends the connections. */
    @Override
    public void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
    }

    /** A peer that was down may be up by now; gRPC would go on refusing calls for up to two minutes. */
    private static void tryAgainNow(ManagedChannel channel) {
        if (channel.getState(false) != ConnectivityState.READY) {
            channel.enterIdle();
        }
    }

    private static void take(HostPort peer, Future<LocateReply> call, Map<HostPort, LocateReply> replies)
            throws InterruptedException {
        try {
            replies.put(peer, call.get());
        } catch (ExecutionException e) {
            log.debug("locate at peer {}: {}", peer, String.valueOf(e.getCause()));
        }
    }
}
