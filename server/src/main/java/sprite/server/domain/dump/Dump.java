package sprite.server.domain.dump;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import sprite.common.error.FsException;
import sprite.server.domain.DomainException;
import sprite.server.domain.data.DataFiles;
import sprite.server.domain.store.Inode;
import sprite.server.domain.store.InodeCodec;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Offline;
import sprite.server.domain.store.Storage;
import sprite.server.domain.store.Table;

/** Writes a domain at rest to a stream. Confined to one run. */
public final class Dump {
    private static final int CHUNK = 64 * 1024;
    private static final int PAGE = 4096;

    private final Offline domain;
    private final OutputStream out;
    private long records;

    private Dump(Offline domain, OutputStream out) {
        this.domain = domain;
        this.out = out;
    }

    /**
     * Writes the domain in {@code directory}; returns the number of records. A DomainException says why that cannot be;
     * an IOException comes from {@code out}.
     */
    public static long write(Path directory, OutputStream out) throws DomainException, IOException {
        try (Offline domain = Offline.open(directory, Offline.Mode.READ)) {
            return new Dump(domain, new BufferedOutputStream(out, 1 << 18)).run();
        } catch (FsException e) {
            throw new DomainException(
                    "cannot read the domain in " + directory + ": " + e.getMessage() + "; run spritefs fsck on it", e);
        }
    }

    private long run() throws FsException, IOException, DomainException {
        long[] unsettled = new long[1];
        domain.scan(Table.UNSETTLED, (_, _) -> unsettled[0]++);
        if (unsettled[0] > 0) {
            throw new DomainException("the domain in " + domain.path()
                    + " was not stopped cleanly; start its server once and stop it, then dump it");
        }
        out.write(Records.TITLE.getBytes(StandardCharsets.US_ASCII));
        record(Records.FORMAT, domain.formatText());
        List<Long> data = new ArrayList<>();
        for (Table table : Table.values()) {
            if (table != Table.UNSETTLED) {
                pairs(table, data);
            }
        }
        for (long inode : data) {
            data(inode);
        }
        record(Records.END, Keys.ofLong(records));
        out.flush();
        return records;
    }

    private void pairs(Table table, List<Long> data) throws FsException, IOException {
        domain.scan(table, (key, value) -> {
            if (table == Table.INFO && Arrays.equals(key, Keys.BOOT)) {
                return;
            }
            if (table == Table.INODES) {
                long number = Keys.toLong(key);
                Inode inode = InodeCodec.decode(domain.fileId(number), value);
                if (inode.storage() == Storage.FILE) {
                    data.add(number);
                }
            }
            byte[] name = table.name().getBytes(StandardCharsets.US_ASCII);
            ByteBuffer payload = ByteBuffer.allocate(3 + name.length + key.length + value.length);
            payload.put((byte) name.length).put(name);
            payload.putShort((short) key.length).put(key).put(value);
            record(Records.PAIR, payload.array());
        });
    }

    private void data(long inode) throws IOException, DomainException {
        Path file = DataFiles.pathOf(domain.data(), inode);
        if (!Files.exists(file)) {
            throw new DomainException("the data file of inode " + inode + " is missing; run spritefs fsck on it");
        }
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
            boolean any = false;
            long size = channel.size();
            for (long at = 0; at < size; at += CHUNK) {
                buffer.clear();
                while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {
                    // on until it is full, or the file ends
                }
                any |= pages(inode, at, buffer.array(), buffer.position());
            }
            if (!any) {
                dataRecord(inode, 0, new byte[0], 0, 0);
            }
        }
    }

    /** Writes the pages of a chunk that are not all zeros, those that follow each other as one record. */
    private boolean pages(long inode, long at, byte[] chunk, int bytes) throws IOException {
        int from = -1;
        boolean any = false;
        for (int page = 0; page < bytes; page += PAGE) {
            int end = Math.min(page + PAGE, bytes);
            if (isZero(chunk, page, end)) {
                if (from >= 0) {
                    dataRecord(inode, at + from, chunk, from, page);
                }
                from = -1;
            } else if (from < 0) {
                from = page;
                any = true;
            }
        }
        if (from >= 0) {
            dataRecord(inode, at + from, chunk, from, bytes);
        }
        return any;
    }

    private static boolean isZero(byte[] bytes, int from, int end) {
        for (int i = from; i < end; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private void dataRecord(long inode, long offset, byte[] bytes, int from, int end) throws IOException {
        ByteBuffer payload = ByteBuffer.allocate(Records.PLACE_BYTES + end - from);
        payload.putLong(inode).putLong(offset).put(bytes, from, end - from);
        record(Records.DATA, payload.array());
    }

    private void record(byte kind, byte[] payload) throws IOException {
        byte[] head = ByteBuffer.allocate(Records.HEAD_BYTES)
                .put(kind)
                .putInt(payload.length)
                .array();
        CRC32C crc = new CRC32C();
        crc.update(head);
        crc.update(payload);
        out.write(head);
        out.write(payload);
        out.write(
                ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array());
        records++;
    }
}
