package sprite.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.function.Supplier;
import sprite.common.name.Prefix;
import sprite.server.domain.Domain;
import sprite.server.lock.Locks;
import sprite.server.prefix.Locator;
import sprite.server.prefix.NameChanger;
import sprite.server.prefix.OwnDomains;
import sprite.server.status.Activity;
import sprite.server.status.ServerStatus;

/**
 * What {@link RunningServer} puts together but does not make itself: the stores and whatever deals with clients.
 * Thread-safe.
 */
interface Rooms extends AutoCloseable {
    /** Makes rooms; opens and starts nothing. */
    @FunctionalInterface
    interface Maker {
        Rooms make(ServerConfig config);
    }

    /** Opens the domain that is stored in a directory, or makes one in an empty one. */
    Domain open(Prefix prefix, Path directory) throws StartException;

    /** The cache that the domains share. */
    ServerStatus.Cache cache();

    /** Begins to serve; fails if it cannot listen. */
    Front serve(Serving serving) throws IOException;

    /** Lets go of what the domains shared; they are closed already. */
    @Override
    void close();

    /** What serving needs. {@code locator} and {@code status} may be called as soon as a client can. Immutable. */
    record Serving(
            InetSocketAddress listen, OwnDomains domains, Locator locator, Locks locks, Supplier<String> status) {}

    /** What deals with clients. Thread-safe. */
    interface Front extends AutoCloseable {
        /** The port that it listens on. */
        int port();

        /** Changes names as clients do. */
        NameChanger names();

        /** What clients do. */
        Activity activity();

        /** Takes leave of all clients and serves no more. */
        @Override
        void close();
    }
}
