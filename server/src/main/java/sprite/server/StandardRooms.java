package sprite.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.Domain;
import sprite.server.domain.DomainException;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.store.RocksDomain;
import sprite.server.status.ServerStatus;

/** The rooms of the product: stores in RocksDB, over one block cache. Thread-safe: what it refers to is. */
final class StandardRooms implements Rooms {
    private final BlockCache cache;
    private final int grantsMax;
    private final List<RocksDomain> opened = new CopyOnWriteArrayList<>();

    StandardRooms(ServerConfig config) {
        this.cache = new BlockCache(config.cacheSizeBytes());
        this.grantsMax = config.grantsMax();
    }

    @Override
    public Domain open(Prefix prefix, Path directory) throws StartException {
        try {
            RocksDomain domain = RocksDomain.open(prefix, directory, DomainOptions.with(cache));
            opened.add(domain);
            return domain;
        } catch (DomainException e) {
            throw new StartException(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public ServerStatus.Cache cache() {
        return new ServerStatus.Cache(cache.capacityBytes(), cache.sizeBytes(), cache.hits(), cache.misses());
    }

    @Override
    public Front serve(Serving serving) throws IOException {
        return StandardFront.start(serving, opened, grantsMax);
    }

    @Override
    public void close() {
        cache.close();
    }
}
