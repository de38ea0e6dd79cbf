package sprite.server.control;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import sprite.server.domain.DomainException;

/** The dump of a domain, from the server that serves it. Pure functions, but for the disk. */
public final class LiveDump {
    private LiveDump() {}

    /**
     * Writes a dump; returns the number of records, or null if no server serves the domain. A DomainException says why
     * it is not whole; an IOException comes from {@code out}.
     */
    public static @Nullable Long write(Path directory, OutputStream out) throws DomainException, IOException {
        try (SocketChannel server = connect(directory)) {
            if (server == null) {
                return null;
            }
            DataInputStream in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(server), 1 << 18));
            try {
                return copy(in, out);
            } catch (EOFException e) {
                throw new DomainException(
                        "the dump is not whole: the server of " + directory + " broke it off; its log says why", e);
            }
        }
    }

    private static @Nullable SocketChannel connect(Path directory) throws DomainException {
        if (!Files.exists(SocketAddresses.in(directory))) {
            return null;
        }
        try {
            return SocketAddresses.use(directory, SocketChannel::open);
        } catch (ConnectException e) {
            return null; // left by a server that was killed
        } catch (IOException e) {
            throw new DomainException(
                    "cannot ask the server of " + directory + " for a dump: " + e.getMessage()
                            + "; run this as root, or as the user that the server runs as",
                    e);
        }
    }

    private static long copy(DataInputStream in, OutputStream out) throws IOException, DomainException {
        byte[] part = new byte[1 << 16];
        for (int left = in.readInt(); left != 0; left = in.readInt()) {
            while (left > 0) {
                int count = in.read(part, 0, Math.min(left, part.length));
                if (count < 0) {
                    throw new EOFException();
                }
                out.write(part, 0, count);
                left -= count;
            }
        }
        String failure = in.readUTF();
        if (!failure.isEmpty()) {
            throw new DomainException("the dump is not whole: " + failure);
        }
        return in.readLong();
    }
}
