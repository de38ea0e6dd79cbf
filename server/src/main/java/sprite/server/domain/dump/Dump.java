package sprite.server.domain.dump;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32C;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.server.domain.DomainException;
import sprite.server.domain.store.Image;
import sprite.server.domain.store.Inode;
import sprite.server.domain.store.InodeCodec;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Offline;
import sprite.server.domain.store.Storage;
import sprite.server.domain.store.Table;

/** Writes a domain, at rest or as its server sees it at one moment, to a stream. Confined to one run. */
public final class Dump {
    private static final int PAGE = 4096;

    private final Image domain;
    private final OutputStream out;

    /** Files that were being written: nobody can say whether their checksums are right. */
    private final Set<Long> unsettled = new HashSet<>();

    private long records;

    private Dump(Image domain, OutputStream out) {
        this.domain = domain;
        this.out = new BufferedOutputStream(out, 1 << 18);
    }

    /**
     * Writes the domain in {@code directory}, which no server uses; returns the number of records. A DomainException
     * says why that cannot be; an IOException comes from {@code out}.
     */
    public static long write(Path directory, OutputStream out) throws DomainException, IOException {
        try (Offline domain = Offline.open(directory, Offline.Mode.READ)) {
            Dump dump = new Dump(domain, out);
            dump.findUnsettled();
            if (!dump.unsettled.isEmpty()) {
                throw new DomainException("the domain in " + domain.path()
                        + " was not stopped cleanly; start its server, and dump it then");
            }
            return dump.run();
        } catch (FsException e) {
            throw new DomainException(
                    "cannot read the domain in " + directory + ": " + e.getMessage() + "; run spritefs fsck on it", e);
        }
    }

    /** As above, what {@code domain} shows; an FsException says that it cannot be read. */
    public static long write(Image domain, OutputStream out) throws FsException, IOException {
        Dump dump = new Dump(domain, out);
        dump.findUnsettled();
        return dump.run();
    }

    private void findUnsettled() throws FsException, IOException {
        domain.scan(Table.UNSETTLED, (key, _) -> unsettled.add(Keys.toLong(key)));
    }

    private long run() throws FsException, IOException {
        out.write(Records.TITLE.getBytes(StandardCharsets.US_ASCII));
        record(Records.FORMAT, domain.formatText());
        for (Table table : Table.values()) {
            if (table != Table.UNSETTLED) {
                pairs(table);
            }
        }
        data();
        record(Records.END, Keys.ofLong(records));
        out.flush();
        return records;
    }

    private void pairs(Table table) throws FsException, IOException {
        domain.scan(table, (key, value) -> {
            if (table == Table.INFO && Arrays.equals(key, Keys.BOOT)) {
                return;
            }
            if (table == Table.CHECKSUMS && unsettled.contains(Keys.toLong(key))) {
                return;
            }
            byte[] name = table.name().getBytes(StandardCharsets.US_ASCII);
            ByteBuffer payload = ByteBuffer.allocate(3 + name.length + key.length + value.length);
            payload.put((byte) name.length).put(name);
            payload.putShort((short) key.length).put(key).put(value);
            record(Records.PAIR, payload.array());
        });
    }

    /** All data files, in the order of their inodes, which are looked at once more: there may be very many. */
    private void data() throws FsException, IOException {
        domain.scan(Table.INODES, (key, value) -> {
            long number = Keys.toLong(key);
            Inode inode = InodeCodec.decode(domain.fileId(number), value);
            if (inode.storage() == Storage.FILE) {
                data(number, inode.attributes().size());
            }
        });
    }

    private void data(long inode, long size) throws FsException, IOException {
        try (Image.Data data = domain.data(inode);
                Arena arena = Arena.ofConfined()) {
            if (data == null) {
                throw new FsException("read", "inode " + inode + ": its data file is missing", FsError.CORRUPT);
            }
            MemorySegment memory = arena.allocate(Image.BLOCK);
            byte[] block = new byte[Image.BLOCK];
            boolean any = false;
            long length = Math.min(data.length(), size);
            for (long at = data.seek(0); at >= 0 && at < length; at = data.seek(at)) {
                long number = at / Image.BLOCK;
                int bytes = (int) Math.min(data.read(number, memory), length - number * Image.BLOCK);
                MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, block, 0, bytes);
                any |= pages(inode, number * Image.BLOCK, block, bytes);
                at = (number + 1) * Image.BLOCK;
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
