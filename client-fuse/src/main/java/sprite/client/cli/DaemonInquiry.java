package sprite.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sprite.client.control.ControlClient;
import sprite.client.control.ControlSocket;
import sprite.client.stress.Inquiry;

/**
 * Asks the daemons of spritefs mounts which calls wait, for whom. Uses their control sockets only, never the mounts.
 * Thread-safe: immutable.
 */
final class DaemonInquiry implements Inquiry {
    private static final long PATIENCE_SECONDS = 3;
    private static final int CALLS_MAX = 10;
    private static final Pattern OF_HOST = Pattern.compile("(/proc/[0-9]+/root)(/.*)");

    private final Map<Path, Path> places = new HashMap<>();

    /** Finds out, while the mounts still answer, what they are without symbolic links. */
    DaemonInquiry(List<Path> mounts) {
        for (Path mount : mounts) {
            Path place = mount.toAbsolutePath().normalize();
            places.put(place, real(place));
        }
    }

    private static Path real(Path place) {
        try {
            return OF_HOST.matcher(place.toString()).matches() ? place : place.toRealPath();
        } catch (IOException e) {
            return place;
        }
    }

    @Override
    public List<String> at(Path mount) {
        Path socket = socket(places.getOrDefault(mount, mount));
        if (socket == null) {
            return List.of();
        }
        var answer = new CompletableFuture<JsonNode>();
        Thread.ofVirtual().start(() -> {
            try {
                answer.complete(ControlClient.status(socket));
            } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            return lines(answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return List.of("its daemon does not answer: " + e.getCause());
        } catch (TimeoutException e) {
            return List.of("its daemon has not answered for " + PATIENCE_SECONDS + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    /** Of the mount at this place or above it, which may be another host's; null: no spritefs. */
    private static @Nullable Path socket(Path place) {
        var ofHost = OF_HOST.matcher(place.toString());
        boolean isElsewhere = ofHost.matches();
        String root = isElsewhere ? ofHost.group(1) : "";
        for (Path at = isElsewhere ? Path.of(ofHost.group(2)) : place; at != null; at = at.getParent()) {
            Path socket = Path.of(root + ControlSocket.of(at));
            if (Files.exists(socket)) {
                return socket;
            }
        }
        return null;
    }

    private static List<String> lines(JsonNode status) {
        List<String> lines = new ArrayList<>();
        for (JsonNode call : status.path("waiting")) {
            if (lines.size() == CALLS_MAX) {
                lines.add("and " + (status.path("waiting").size() - CALLS_MAX) + " more calls that wait");
                break;
            }
            lines.add(call(call));
        }
        for (JsonNode session : status.path("sessions")) {
            long silentMillis = session.path("silentMillis").asLong();
            if (silentMillis > 0 || !session.path("leaseValid").asBoolean()) {
                lines.add("server " + session.path("server").asText() + " has been silent for " + seconds(silentMillis)
                        + (session.path("leaseValid").asBoolean() ? "" : "; the lease is over"));
            }
        }
        return lines.isEmpty() ? List.of("its daemon answers, and no call waits there") : lines;
    }

    private static String call(JsonNode call) {
        String of = call.path("of").asText();
        String whom = call.path("waitsFor").asText();
        return call.path("call").asText() + (of.isEmpty() ? "" : " " + of) + " of thread "
                + call.path("pid").asText() + " has waited for "
                + seconds(call.path("waitingMillis").asLong()) + ", for "
                + (whom.isEmpty() ? "nobody that the daemon knows of" : whom);
    }

    private static String seconds(long millis) {
        return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
    }
}
