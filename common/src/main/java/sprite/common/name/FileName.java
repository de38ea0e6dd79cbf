package sprite.common.name;

import java.nio.charset.StandardCharsets;

/**
 * One component of a path: 1 to 255 bytes, none of them '/' or NUL, and not "." or "..". Linux names are bytes without
 * an encoding, so the text held here has one character, U+0000 to U+00FF, for each byte; that makes equality, hashing
 * and order those of the bytes. Immutable.
 *
 * @param bytesAsText the name, one character per byte (ISO 8859-1)
 */
public record FileName(String bytesAsText) implements Comparable<FileName> {
    /** NAME_MAX of Linux, in bytes. */
    public static final int LENGTH_MAX = 255;

    public FileName {
        if (!isValid(bytesAsText)) {
            throw new IllegalArgumentException("not a file name: '" + bytesAsText + "'");
        }
    }

    /** Whether the bytes, one per character, could name a directory entry. */
    public static boolean isValid(String bytesAsText) {
        int length = bytesAsText.length();
        if (length == 0 || length > LENGTH_MAX || bytesAsText.equals(".") || bytesAsText.equals("..")) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = bytesAsText.charAt(i);
            if (c == '/' || c == 0 || c > 0xFF) {
                return false;
            }
        }
        return true;
    }

    /** The name with these bytes. */
    public static FileName ofBytes(byte[] bytes) {
        return new FileName(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    /** The name whose bytes are the UTF-8 encoding of {@code text}. */
    public static FileName ofText(String text) {
        return ofBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The bytes of the name, in a fresh array. */
    public byte[] toBytes() {
        return bytesAsText.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public int compareTo(FileName other) {
        return bytesAsText.compareTo(other.bytesAsText);
    }

    /** For people: the bytes read as UTF-8, with a replacement character where they are not. */
    @Override
    public String toString() {
        return new String(toBytes(), StandardCharsets.UTF_8);
    }
}
