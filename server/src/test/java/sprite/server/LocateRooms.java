package sprite.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import sprite.common.name.FileId;
import sprite.common.name.Prefix;
import sprite.server.domain.Domain;
import sprite.server.prefix.DirectChanger;
import sprite.server.prefix.LocateServer;
import sprite.server.prefix.NameChanger;
import sprite.server.status.Activity;
import sprite.server.status.ServerStatus;

/** The product's stores, and a front without clients. Thread-safe: immutable. */
record LocateRooms(StandardRooms stores) implements Rooms {
    LocateRooms(ServerConfig config) {
        this(new StandardRooms(config));
    }

    /** Serves as the product does, but for clients: for tests that need a process. */
    public static void main(String... args) {
        System.exit(Main.run(LocateRooms::new, args));
    }

    @Override
    public Domain open(Prefix prefix, Path directory) throws StartException {
        return stores.open(prefix, directory);
    }

    @Override
    public ServerStatus.Cache cache() {
        return stores.cache();
    }

    @Override
    public Front serve(Serving serving) throws IOException {
        LocateServer server = new LocateServer(serving.listen(), serving.locator(), serving.status());
        return new QuietFront(server, new DirectChanger(serving.domains()));
    }

    @Override
    public void close() {
        stores.close();
    }

    private record QuietFront(LocateServer server, NameChanger names) implements Front, Activity {
        @Override
        public int port() {
            return server.port();
        }

        @Override
        public Activity activity() {
            return this;
        }

        @Override
        public List<ServerStatus.Client> clients() {
            return List.of();
        }

        @Override
        public int openFiles() {
            return 2;
        }

        @Override
        public List<FileId> writeShared() {
            return List.of(new FileId(1, 2));
        }

        @Override
        public ServerStatus.Wire wire() {
            return new ServerStatus.Wire(1, 2, 3, 4, 5, 6);
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
