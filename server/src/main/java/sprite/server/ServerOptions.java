package sprite.server;

import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import sprite.common.name.Prefix;
import sprite.server.prefix.HostPort;
import sprite.server.session.Holdings;

/**
 * The options as somebody gave them, on the command line or in a file; null where nothing was said. Confined to the
 * start.
 */
final class ServerOptions {
    @Option(
            names = "--domain",
            paramLabel = "PREFIX=DIR",
            description = "serve the domain stored in DIR at PREFIX, such as /=/srv/root; an empty DIR becomes one."
                    + " Can be repeated")
    @Nullable
    List<String> domains;

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            converter = HostPortConverter.class,
            description = "default 127.0.0.1:7450; port 0: any free one")
    @Nullable
    HostPort listen;

    @Option(
            names = "--advertise",
            paramLabel = "HOST:PORT",
            converter = HostPortConverter.class,
            description = "what clients and peers are told as this server's address; default: as --listen")
    @Nullable
    HostPort advertise;

    @Option(
            names = "--peer",
            paramLabel = "HOST:PORT",
            converter = HostPortConverter.class,
            description = "another server of the name space, asked for prefixes not served here. Can be repeated")
    @Nullable
    List<HostPort> peers;

    @Option(
            names = "--cache-size",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description = "bytes of file data to keep in memory, with K, M or G; default 256M")
    @Nullable
    Long cacheSize;

    @Option(
            names = "--max-grants",
            paramLabel = "COUNT",
            description = "files and directories whose attributes or names one client may hold at a time; beyond it,"
                    + " those that it asked for least recently are taken back. Default 200000")
    @Nullable
    Integer grantsMax;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "lines `option = value`, options as here without the dashes; what is said here wins")
    @Nullable
    Path config;

    @Option(names = "--verbose", description = "log every operation")
    @Nullable
    Boolean verbose;

    /** These options, and those of {@code file} where these say nothing, and defaults where that says nothing. */
    ServerConfig over(ServerOptions file) throws StartException {
        SequencedMap<Prefix, Path> directories = DomainOption.parse(orElse(domains, orElse(file.domains, List.of())));
        HostPort told = advertise == null ? file.advertise : advertise;
        return new ServerConfig(
                        directories,
                        orElse(listen, orElse(file.listen, ServerConfig.LISTEN)),
                        orElse(peers, orElse(file.peers, List.of())),
                        told,
                        orElse(cacheSize, orElse(file.cacheSize, ServerConfig.CACHE_SIZE_BYTES)),
                        orElse(grantsMax, orElse(file.grantsMax, Holdings.GRANTS_MAX)),
                        orElse(verbose, orElse(file.verbose, false)))
                .checked();
    }

    private static <T> T orElse(@Nullable T said, T otherwise) {
        return said == null ? otherwise : said;
    }
}
