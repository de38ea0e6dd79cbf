package sprite.server;

import java.nio.file.Path;
import sprite.common.name.Prefix;
import sprite.server.domain.Domain;
import sprite.server.status.ServerStatus;

/** The rooms of the product. Thread-safe. */
record StandardRooms(ServerConfig config) implements Rooms {
    @Override
    public Domain open(Prefix prefix, Path directory) throws StartException {
        throw new StartException("--domain " + prefix + "=" + directory + ": this build has no store");
    }

    @Override
    public ServerStatus.Cache cache() {
        return new ServerStatus.Cache(0, config.cacheSizeBytes(), 0, 0);
    }

    @Override
    public Front serve(Serving serving) {
        throw new IllegalStateException("nothing is open");
    }

    @Override
    public void close() {}
}
