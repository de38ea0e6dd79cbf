package sprite.client.space;

import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A file or directory as it should be. Confined to its test. */
final class ModelFile {
    final @Nullable SortedMap<String, ModelFile> entries;
    byte[] data = new byte[0];
    int links;

    private ModelFile(@Nullable SortedMap<String, ModelFile> entries) {
        this.entries = entries;
    }

    static ModelFile directory() {
        return new ModelFile(new TreeMap<>());
    }

    static ModelFile regular() {
        ModelFile file = new ModelFile(null);
        file.links = 1;
        return file;
    }

    boolean isDirectory() {
        return entries != null;
    }

    SortedMap<String, ModelFile> entries() {
        if (entries == null) {
            throw new IllegalStateException("not a directory");
        }
        return entries;
    }

    void write(int offset, byte[] bytes) {
        if (data.length < offset + bytes.length) {
            data = Arrays.copyOf(data, offset + bytes.length);
        }
        System.arraycopy(bytes, 0, data, offset, bytes.length);
    }

    byte[] read(int offset, int length) {
        return offset >= data.length
                ? new byte[0]
                : Arrays.copyOfRange(data, offset, Math.min(data.length, offset + length));
    }

    void truncate(int size) {
        data = Arrays.copyOf(data, size);
    }
}
