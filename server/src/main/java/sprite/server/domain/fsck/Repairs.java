package sprite.server.domain.fsck;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.server.domain.data.DataFiles;
import sprite.server.domain.store.Inode;
import sprite.server.domain.store.InodeCodec;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Offline;
import sprite.server.domain.store.Storage;
import sprite.server.domain.store.Table;

/**
 * What repairs are made of. Each leaves names and inodes that fit together, but for the counts of links and entries,
 * which the next pass sets right. Confined to its thread.
 */
final class Repairs {
    private static final int CHUNK = 1 << 20;
    private static final FileName LOST_AND_FOUND = FileName.ofText("lost+found");

    private final Offline domain;
    private long nextInode;
    private long lostAndFound;

    /** Numbers above {@code lastInode} were never used, but for those that inodes or data files have nevertheless. */
    Repairs(Offline domain, long lastInode) {
        this.domain = domain;
        this.nextInode = lastInode + 1;
    }

    void put(Table table, byte[] key, byte[] value) throws FsException {
        domain.put(table, key, value);
    }

    void delete(Table table, byte[] key) throws FsException {
        domain.delete(table, key);
    }

    @Nullable
    Inode inode(long number) throws FsException {
        byte[] record = domain.get(Table.INODES, Keys.ofLong(number));
        return record == null ? null : InodeCodec.decode(domain.fileId(number), record);
    }

    /** Changes an inode, if there is one. */
    void edit(long number, UnaryOperator<Inode> change) throws FsException {
        Inode inode = inode(number);
        if (inode != null) {
            put(change.apply(inode));
        }
    }

    private void put(Inode inode) throws FsException {
        put(Table.INODES, Keys.ofLong(inode.attributes().file().inode()), InodeCodec.encode(inode));
    }

    void putEntry(long directory, FileName name, long inode, byte type) throws FsException {
        retype(Keys.entry(directory, name), inode, type);
    }

    /** Gives an entry another type. */
    void retype(byte[] entry, long inode, byte type) throws FsException {
        byte[] value = new byte[Long.BYTES + 1];
        System.arraycopy(Keys.ofLong(inode), 0, value, 0, Long.BYTES);
        value[Long.BYTES] = type;
        put(Table.ENTRIES, entry, value);
    }

    /** An inode that counts so many links. */
    Inode withLinks(Inode inode, int links) {
        return inode.withLinks(links, inode.attributes().changed());
    }

    private long newInode() throws FsException {
        while (domain.get(Table.INODES, Keys.ofLong(nextInode)) != null
                || Files.exists(DataFiles.pathOf(domain.data(), nextInode))) {
            nextInode++;
        }
        long made = nextInode++;
        byte[] limit = domain.get(Table.INFO, Keys.INODE_LIMIT);
        if (limit == null || limit.length != Long.BYTES || Keys.toLong(limit) < made) {
            put(Table.INFO, Keys.INODE_LIMIT, Keys.ofLong(made));
        }
        return made;
    }

    /** Makes an inode of a number, with links and entries to be counted later. */
    void makeInode(long number, FileType type, long parent, Storage storage, long size) throws FsException {
        FileTime now = FileTime.EPOCH;
        boolean directory = type == FileType.DIRECTORY;
        long shown = directory ? Inode.DIRECTORY_SIZE : size;
        Attributes attributes = new Attributes(
                domain.fileId(number),
                type,
                directory ? 0700 : 0600,
                directory ? 2 : 1,
                0,
                0,
                0,
                shown,
                shown,
                now,
                now,
                now,
                now,
                0,
                false,
                null,
                null);
        put(new Inode(attributes, directory ? parent : 0, 0, storage, false));
    }

    private long lostAndFound() throws FsException {
        if (lostAndFound != 0) {
            return lostAndFound;
        }
        byte[] entry = domain.get(Table.ENTRIES, Keys.entry(FileId.ROOT_INODE, LOST_AND_FOUND));
        Inode there = entry == null || entry.length != 9 ? null : inode(Keys.toLong(entry));
        if (there != null && there.attributes().isDirectory()) {
            lostAndFound = there.attributes().file().inode();
            return lostAndFound;
        }
        FileName name = LOST_AND_FOUND;
        while (domain.get(Table.ENTRIES, Keys.entry(FileId.ROOT_INODE, name)) != null) {
            name = FileName.ofText(name + "+"); // somebody else's
        }
        lostAndFound = newInode();
        makeInode(lostAndFound, FileType.DIRECTORY, FileId.ROOT_INODE, Storage.NONE, 0);
        putEntry(FileId.ROOT_INODE, name, lostAndFound, InodeCodec.code(FileType.DIRECTORY));
        return lostAndFound;
    }

    /** Gives an inode a name in lost+found. */
    void adopt(long number) throws FsException {
        Inode inode = inode(number);
        if (inode == null) {
            return;
        }
        long directory = lostAndFound();
        putEntry(
                directory,
                freeName("inode-" + number),
                number,
                InodeCodec.code(inode.attributes().type()));
        if (inode.attributes().isDirectory()) {
            put(inode.withParent(directory));
        }
    }

    private FileName freeName(String wish) throws FsException {
        FileName name = FileName.ofText(wish);
        for (int i = 2; domain.get(Table.ENTRIES, Keys.entry(lostAndFound(), name)) != null; i++) {
            name = FileName.ofText(wish + "." + i);
        }
        return name;
    }

    /** Puts a record that cannot be read into a file in lost+found, as text. */
    void keepBytes(String name, byte[] key, byte[] value) throws FsException, IOException {
        HexFormat hex = HexFormat.of();
        String text = "key " + hex.formatHex(key) + "\nvalue " + hex.formatHex(value) + "\n";
        keepData(name, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Puts data into a new file in lost+found. */
    void keepData(String name, byte[] content) throws FsException, IOException {
        long number = newInode();
        try (FileChannel channel = domain.openData(number)) {
            writeAll(channel, ByteBuffer.wrap(content), 0);
        }
        enterFile(name, number, content.length);
    }

    /** Makes the data file of an inode that has none. */
    void makeDataFile(long number) throws IOException {
        domain.openData(number).close();
    }

    /** Cuts a data file off at a size, once all that lies past it is in a new file in lost+found, durably. */
    void cutDataFile(String name, long number, long size) throws FsException, IOException {
        Path path = DataFiles.pathOf(domain.data(), number);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long length = file.size();
            long copy = newInode();
            try (FileChannel to = domain.openData(copy)) {
                copy(file, size, length, to);
                to.force(true);
            } catch (IOException e) {
                Files.deleteIfExists(DataFiles.pathOf(domain.data(), copy)); // such as a full disk
                throw e;
            }
            enterFile(name, copy, length - size);
            file.truncate(size);
        }
    }

    /** Copies a range to the beginning of another file, chunks of zeros as holes. */
    private static void copy(FileChannel from, long start, long end, FileChannel to) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        ByteBuffer zeros = ByteBuffer.allocate(CHUNK);
        long at = start;
        while (at < end) {
            chunk.clear().limit((int) Math.min(CHUNK, end - at));
            int count = from.read(chunk, at);
            if (count < 0) {
                throw new IOException("a data file became shorter while it was read");
            }
            chunk.flip();
            if (!chunk.equals(zeros.clear().limit(count))) {
                writeAll(to, chunk, at - start);
            }
            at += count;
        }
    }

    private static void writeAll(FileChannel to, ByteBuffer content, long offset) throws IOException {
        long at = offset;
        while (content.hasRemaining()) {
            at += to.write(content, at);
        }
    }

    /** Makes a data file that belongs to nobody a new file in lost+found, which no start takes for a left-over. */
    void keepDataFile(String name, long owner) throws FsException, IOException {
        long number = newInode();
        Path from = DataFiles.pathOf(domain.data(), owner);
        long size = Files.size(from);
        Files.move(from, DataFiles.pathOf(domain.data(), number), StandardCopyOption.ATOMIC_MOVE);
        enterFile(name, number, size);
        delete(Table.UNSETTLED, Keys.ofLong(owner));
    }

    private void enterFile(String name, long number, long size) throws FsException {
        makeInode(number, FileType.REGULAR, 0, Storage.FILE, size);
        putEntry(lostAndFound(), freeName(name), number, InodeCodec.code(FileType.REGULAR));
    }
}
