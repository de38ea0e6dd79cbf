package sprite.server.domain.fsck;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.server.cache.BlockCache;
import sprite.server.domain.data.DataFiles;
import sprite.server.domain.store.Inode;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Storage;
import sprite.server.domain.store.Table;

/** Blocks have the checksums that were stored for them, of settled files. Confined to one run. */
final class ChecksumsCheck implements Check {
    private static final int BLOCK = BlockCache.BLOCK_SIZE;

    private final byte[] buffer = new byte[BLOCK];
    private long openInode = -1;
    private @Nullable RandomAccessFile open;

    @Override
    public void run(Survey survey, Findings findings) throws FsException, IOException {
        try {
            survey.domain.scan(Table.CHECKSUMS, (key, value) -> check(survey, findings, key.clone(), value.clone()));
        } finally {
            close();
        }
    }

    private void check(Survey survey, Findings findings, byte[] key, byte[] value) throws IOException {
        if (key.length != 2 * Long.BYTES || value.length != Integer.BYTES) {
            findings.damage(
                    "unreadable record",
                    "",
                    0,
                    "a checksum cannot be read; it goes",
                    with -> with.delete(Table.CHECKSUMS, key));
            return;
        }
        long number = Keys.toLong(key, 0);
        long block = Keys.toLong(key, Long.BYTES);
        Inode inode = survey.inodes.get(number);
        if (inode != null && survey.unsettled.contains(number)) {
            return;
        }
        if (inode == null
                || inode.storage() != Storage.FILE
                || !inode.checksummed()
                || block >= Math.ceilDiv(inode.attributes().size(), BLOCK)) {
            findings.damage(
                    "checksum of nothing",
                    survey.path(number),
                    number,
                    "there is a checksum for block " + block + " of inode " + number + ", which has no such block; it"
                            + " goes",
                    with -> with.delete(Table.CHECKSUMS, key));
        } else if (checksum(survey, number, block, inode.attributes().size()) != Keys.toChecksum(value)) {
            findings.damage(
                    Damage.CHECKSUM,
                    survey.path(number),
                    number,
                    survey.path(number) + " (inode " + number + ") has in block " + block + ", bytes " + block * BLOCK
                            + " to " + (block * BLOCK + BLOCK - 1)
                            + ", other data than was written; a repair lets it be read as it is",
                    with -> with.delete(Table.CHECKSUMS, key));
        }
    }

    /** Of what the file has there; what lies past its size is none of it. */
    private int checksum(Survey survey, long number, long block, long size) throws IOException {
        if (openInode != number) {
            close();
            Path file = DataFiles.pathOf(survey.domain.data(), number);
            open = Files.exists(file) ? new RandomAccessFile(file.toFile(), "r") : null;
            openInode = number;
        }
        java.util.Arrays.fill(buffer, (byte) 0);
        RandomAccessFile file = open;
        if (file != null) {
            long bytes = Math.min(BLOCK, Math.min(file.length(), size) - block * BLOCK);
            if (bytes > 0) {
                file.seek(block * BLOCK);
                file.readFully(buffer, 0, (int) bytes);
            }
        }
        CRC32C crc = new CRC32C();
        crc.update(buffer);
        return (int) crc.getValue();
    }

    private void close() throws IOException {
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
