package sprite.server.domain.dump;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.server.domain.DomainException;
import sprite.server.domain.store.Offline;
import sprite.server.domain.store.Table;

/** Makes a domain of what {@link Dump} wrote: all of it, or nothing. Confined to one run. */
public final class Load {
    private final DataInputStream in;
    private long records;
    private @Nullable FileChannel open;
    private long openInode;

    private Load(InputStream in) {
        this.in = new DataInputStream(new BufferedInputStream(in, 1 << 18));
    }

    private record Parcel(byte kind, ByteBuffer payload) {}

    /**
     * Reads a domain into {@code directory}, which must be empty or missing; returns the number of records. A
     * DomainException says what is wrong, and then the directory is as it was.
     */
    public static long read(InputStream in, Path directory) throws DomainException {
        Path path = directory.toAbsolutePath().normalize();
        try {
            Load load = new Load(in);
            byte[] format = load.begin();
            load.make(path, format);
            return load.records;
        } catch (EOFException e) {
            throw new DomainException("the dump ends too early; nothing was loaded", e);
        } catch (IOException | FsException e) {
            throw new DomainException(
                    "cannot load into " + path + ": " + DomainException.reason(e) + "; nothing was loaded", e);
        }
    }

    private void make(Path path, byte[] format) throws DomainException, IOException, FsException {
        boolean done = false;
        Offline domain = Offline.create(path, format);
        try {
            run(domain);
            domain.finish();
            done = true;
        } finally {
            if (done) {
                domain.close();
            } else {
                domain.abandon();
            }
        }
    }

    private byte[] begin() throws IOException, DomainException {
        byte[] title = in.readNBytes(Records.TITLE.length());
        if (!Arrays.equals(title, Records.TITLE.getBytes(StandardCharsets.US_ASCII))) {
            throw new DomainException("this is no dump of a domain: it does not begin with '" + Records.TITLE.strip()
                    + "'; nothing was loaded");
        }
        Parcel first = next();
        if (first.kind != Records.FORMAT) {
            throw damaged("the domain is not named");
        }
        byte[] format = new byte[first.payload.remaining()];
        first.payload.get(format);
        return format;
    }

    private void run(Offline domain) throws IOException, FsException, DomainException {
        try {
            while (true) {
                Parcel parcel = next();
                switch (parcel.kind) {
                    case Records.PAIR -> pair(domain, parcel.payload);
                    case Records.DATA -> data(domain, parcel.payload);
                    case Records.END -> {
                        if (parcel.payload.getLong() != records - 1) {
                            throw damaged("records are missing");
                        }
                        return;
                    }
                    default -> throw damaged("there is a record of kind " + parcel.kind);
                }
            }
        } catch (java.nio.BufferUnderflowException e) {
            throw damaged("a record is too short");
        } finally {
            closeData();
        }
    }

    private Parcel next() throws IOException, DomainException {
        byte[] head = new byte[Records.HEAD_BYTES];
        in.readFully(head);
        int length = ByteBuffer.wrap(head).getInt(1);
        if (length < 0 || length > Records.PAYLOAD_MAX) {
            throw damaged("a record has " + length + " bytes");
        }
        byte[] payload = new byte[length];
        in.readFully(payload);
        CRC32C crc = new CRC32C();
        crc.update(head);
        crc.update(payload);
        if (in.readInt() != (int) crc.getValue()) {
            throw damaged("a checksum is wrong");
        }
        records++;
        return new Parcel(head[0], ByteBuffer.wrap(payload));
    }

    private DomainException damaged(String what) {
        return new DomainException(
                "the dump is damaged at record " + (records + 1) + ": " + what + "; nothing was loaded");
    }

    private void pair(Offline domain, ByteBuffer payload) throws FsException, DomainException {
        byte[] name = new byte[payload.get()];
        payload.get(name);
        Table table;
        try {
            table = Table.valueOf(new String(name, StandardCharsets.US_ASCII));
        } catch (IllegalArgumentException e) {
            throw damaged("it has a table that is unknown here");
        }
        byte[] key = new byte[Short.toUnsignedInt(payload.getShort())];
        payload.get(key);
        byte[] value = new byte[payload.remaining()];
        payload.get(value);
        domain.put(table, key, value);
    }

    private void data(Offline domain, ByteBuffer payload) throws IOException {
        long inode = payload.getLong();
        long offset = payload.getLong();
        FileChannel channel = open;
        if (channel == null || openInode != inode) {
            closeData();
            channel = domain.openData(inode);
            open = channel;
            openInode = inode;
        }
        while (payload.hasRemaining()) {
            offset += channel.write(payload, offset);
        }
    }

    private void closeData() throws IOException {
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
