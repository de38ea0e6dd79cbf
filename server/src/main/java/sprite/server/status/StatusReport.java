package sprite.server.status;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.name.Prefix;
import sprite.server.domain.Domain;
import sprite.server.domain.Space;
import sprite.server.lock.LockTable;

/**
 * Answers the Status call. Thread-safe: immutable, and asks only what is.
 *
 * @param version of this program
 * @param since when the server began to serve
 * @param listen HOST:PORT
 * @param domains that are exported
 * @param directories where they are stored
 */
public record StatusReport(
        String version,
        Instant since,
        String listen,
        List<Domain> domains,
        Map<Prefix, Path> directories,
        Activity activity,
        Supplier<ServerStatus.Cache> cache,
        LockTable locks,
        InstantSource clock) {
    private static final Logger log = LoggerFactory.getLogger(StatusReport.class);
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final int FILES_MAX = 1000;

    public StatusReport {
        domains = List.copyOf(domains);
        directories = Map.copyOf(directories);
    }

    /** The server at this moment. */
    public ServerStatus now() {
        List<FileId> shared = activity.writeShared();
        LockTable.Counts counts = locks.counts();
        return new ServerStatus(
                ProcessHandle.current().pid(),
                version,
                Duration.between(since, clock.instant()).toSeconds(),
                listen,
                domains.stream().map(this::export).toList(),
                activity.clients(),
                activity.openFiles(),
                new ServerStatus.Files(
                        shared.size(),
                        shared.stream().limit(FILES_MAX).map(FileId::toString).toList()),
                cache.get(),
                activity.wire(),
                activity.commits(),
                new ServerStatus.Locks(counts.held(), counts.waiting()));
    }

    /** The same as JSON. */
    public String json() {
        return render(now());
    }

    static String render(ServerStatus status) {
        try {
            return JSON.writeValueAsString(status);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a status that is no JSON", e);
        }
    }

    private ServerStatus.Export export(Domain domain) {
        Path directory = directories.get(domain.prefix());
        return new ServerStatus.Export(
                domain.prefix().path(),
                domain.number(),
                domain.uuid().toString(),
                directory == null ? "" : directory.toAbsolutePath().toString(),
                space(domain));
    }

    private static @Nullable Space space(Domain domain) {
        try {
            return domain.space();
        } catch (FsException e) {
            log.debug("status: {}", e.getMessage());
            return null;
        }
    }
}
