package sprite.server.domain.store;

import java.util.List;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.WALRecoveryMode;

/**
 * RocksDB's options: little memory (about 100 MiB at most for a domain), little disk on a small one, short waits.
 *
 * <p>The log is replayed in mode PointInTime: up to the first record that is torn or missing, and nothing after it.
 * What was synced lies before that, a crash of the machine can tear only what was not, and the store is then as it was
 * at one moment; TolerateCorruptedTailRecords would refuse to open where pages of the tail reached the disk out of
 * order.
 *
 * <p>Confined to {@link Tables}.
 */
final class TableOptions implements AutoCloseable {
    private static final long MIB = 1024 * 1024;
    private static final long BLOCK_CACHE_BYTES = 48 * MIB;

    private final LRUCache cache = new LRUCache(BLOCK_CACHE_BYTES);
    private final BloomFilter bloom = new BloomFilter(10);
    private final ColumnFamilyOptions family;
    private final DBOptions database;

    TableOptions(boolean create, long diskBytes, List<AbstractEventListener> watchers) {
        long bufferBytes = Math.clamp(diskBytes / 48, MIB, 16 * MIB);
        BlockBasedTableConfig table = new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setFilterPolicy(bloom)
                .setBlockSize(8 * 1024)
                .setFormatVersion(5)
                .setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true);
        family = new ColumnFamilyOptions()
                .setTableFormatConfig(table)
                .setWriteBufferSize(bufferBytes)
                .setMaxWriteBufferNumber(3)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setLevelCompactionDynamicLevelBytes(true);
        database = new DBOptions()
                .setCreateIfMissing(create)
                .setErrorIfExists(create)
                .setCreateMissingColumnFamilies(create)
                .setDbWriteBufferSize(3 * bufferBytes)
                .setMaxTotalWalSize(4 * bufferBytes)
                .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
                .setMaxBackgroundJobs(2)
                .setMaxOpenFiles(256)
                .setBytesPerSync(MIB)
                .setAllowFAllocate(diskBytes >= 4096 * MIB)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setKeepLogFileNum(2)
                .setMaxLogFileSize(MIB);
        if (!watchers.isEmpty()) {
            database.setListeners(watchers);
        }
    }

    /** From now on there is something to open. */
    void created() {
        database.setCreateIfMissing(false).setErrorIfExists(false).setCreateMissingColumnFamilies(false);
    }

    ColumnFamilyOptions family() {
        return family;
    }

    DBOptions database() {
        return database;
    }

    @Override
    public void close() {
        database.close();
        family.close();
        bloom.close();
        cache.close();
    }
}
