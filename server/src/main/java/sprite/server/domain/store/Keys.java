package sprite.server.domain.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import sprite.common.name.FileName;
import sprite.server.domain.ReplyKey;

/** Keys and small values of the tables: big-endian, so that their order is that of the numbers. Pure functions. */
public final class Keys {
    static final byte[] NOTHING = new byte[0];

    /** Of a client that is remembered: programs of its host may have stored into pages. */
    static final byte[] STORING = {1};

    public static final byte[] EPOCH = "epoch".getBytes(StandardCharsets.US_ASCII);
    public static final byte[] BOOT = "boot".getBytes(StandardCharsets.US_ASCII);
    public static final byte[] FILES = "files".getBytes(StandardCharsets.US_ASCII);
    public static final byte[] INODE_LIMIT = "inode-limit".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] CLIENT = "client ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AFTER_CLIENTS = "client!".getBytes(StandardCharsets.US_ASCII);

    private Keys() {}

    /** Of a client that is remembered. */
    public static byte[] client(long client) {
        return ByteBuffer.allocate(CLIENT.length + Long.BYTES)
                .put(CLIENT)
                .putLong(client)
                .array();
    }

    /** Whether a key of {@link Table#INFO} is one of the list of clients, be it damaged or not. */
    public static boolean isOfClients(byte[] key) {
        return Arrays.compareUnsigned(key, CLIENT) >= 0 && Arrays.compareUnsigned(key, AFTER_CLIENTS) < 0;
    }

    /** Whether a pair {@link #isOfClients} and whole. */
    public static boolean isClient(byte[] key, byte[] value) {
        return namesClient(key) && (value.length == 0 || Arrays.equals(value, STORING));
    }

    /** Whether a key {@link #isOfClients} and says which client it is of; none has number 0. */
    public static boolean namesClient(byte[] key) {
        return isOfClients(key) && key.length == CLIENT.length + Long.BYTES && toLong(key, CLIENT.length) != 0;
    }

    /** {@link #STORING}. */
    public static byte[] storing() {
        return STORING.clone();
    }

    /** Before every key that {@link #isOfClients}. */
    static byte[] clients() {
        return CLIENT.clone();
    }

    /** Past every {@link #client}. */
    public static byte[] afterClients() {
        return AFTER_CLIENTS.clone();
    }

    /** Whether this value of a {@link #client} is {@link #STORING}. */
    static boolean isStoring(byte[] value) {
        return value.length > 0;
    }

    public static byte[] ofLong(long value) {
        byte[] key = new byte[8];
        putLong(key, 0, value);
        return key;
    }

    public static long toLong(byte[] bytes) {
        return toLong(bytes, 0);
    }

    public static long toLong(byte[] bytes, int at) {
        return ByteBuffer.wrap(bytes).getLong(at);
    }

    /** Of an entry in a directory. */
    public static byte[] entry(long directory, FileName name) {
        String text = name.bytesAsText();
        byte[] key = new byte[8 + text.length()];
        putLong(key, 0, directory);
        for (int i = 0; i < text.length(); i++) {
            key[8 + i] = (byte) text.charAt(i);
        }
        return key;
    }

    /** Just after the key of an entry. */
    public static byte[] afterEntry(long directory, FileName name) {
        byte[] key = entry(directory, name);
        return Arrays.copyOf(key, key.length + 1);
    }

    /** The name in the key of an entry. */
    public static FileName entryName(byte[] key) {
        return new FileName(new String(key, 8, key.length - 8, StandardCharsets.ISO_8859_1));
    }

    /** Of an extended attribute. */
    public static byte[] xattr(long inode, String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        byte[] key = new byte[8 + text.length];
        putLong(key, 0, inode);
        System.arraycopy(text, 0, key, 8, text.length);
        return key;
    }

    /** The name in the key of an extended attribute. */
    public static String xattrName(byte[] key) {
        return new String(key, 8, key.length - 8, StandardCharsets.UTF_8);
    }

    /** Of a block's checksum. */
    public static byte[] block(long inode, long block) {
        byte[] key = new byte[16];
        putLong(key, 0, inode);
        putLong(key, 8, block);
        return key;
    }

    public static byte[] reply(ReplyKey reply) {
        byte[] key = new byte[24];
        putLong(key, 0, reply.client());
        putLong(key, 8, reply.session());
        putLong(key, 16, reply.seq());
        return key;
    }

    public static byte[] checksum(int crc) {
        return ByteBuffer.allocate(4).putInt(crc).array();
    }

    public static int toChecksum(byte[] value) {
        return ByteBuffer.wrap(value).getInt();
    }

    /** A value that is text. */
    static String text(byte[] value) {
        return new String(value, StandardCharsets.UTF_8);
    }

    private static void putLong(byte[] bytes, int at, long value) {
        for (int i = 0; i < 8; i++) {
            bytes[at + i] = (byte) (value >>> (56 - 8 * i));
        }
    }
}
