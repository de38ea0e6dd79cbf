package sprite.client.fuse.kernel;

import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open {@code /dev/fuse} of one mount: requests come out of it and replies go in, each in one piece. The mount ends
 * when it is closed. Thread-safe: the kernel's.
 */
final class Channel {
    /** Bytes that a worker must offer: the most data, and the headers before them. */
    static final long REQUEST_MAX = Negotiation.TRANSFER_MAX + 4096L;

    private static final Logger log = LoggerFactory.getLogger(Channel.class);

    private static final int ENOENT = 2;
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int EFAULT = 14;
    private static final int ENODEV = 19;

    private final int fd;

    Channel(int fd) {
        this.fd = fd;
    }

    int descriptor() {
        return fd;
    }

    /** Waits for a request; its length, or 0 when the mount is over. */
    int read(Libc.Errors errors, MemorySegment into) {
        while (true) {
            long length = Libc.read(errors, fd, into.address(), into.byteSize());
            if (length >= In.Header.BYTES) {
                return (int) length;
            }
            int error = length < 0 ? errors.number() : 0;
            // Without a request: a signal to this process, or the program that asked went away at this moment.
            if (error != EINTR && error != EAGAIN && error != ENOENT) {
                if (error != ENODEV) {
                    log.warn("no more requests: {}", error == 0 ? "end of file" : errors.text());
                }
                return 0;
            }
        }
    }

    /** Hands over a reply or a notification; false if the kernel does not want it any more. */
    boolean write(Libc.Errors errors, long address, int length) {
        if (Libc.write(errors, fd, address, length) == length) {
            return true;
        }
        int error = errors.number();
        if (error != ENOENT && error != ENODEV) {
            log.error("the kernel refuses {} bytes: {}", length, errors.text());
        }
        return false;
    }

    /**
     * As {@link #write}, of a notification of which a part cannot be read, so that the kernel refuses it at the end.
     *
     * @param pieces {@code struct iovec}
     */
    void writeInPart(Libc.Errors errors, MemorySegment pieces, int count) {
        long written = Libc.writev(errors, fd, pieces, count);
        int error = errors.number();
        if (written >= 0 || (error != EFAULT && error != ENOENT && error != ENODEV)) {
            log.error("the kernel takes part of a notification in another way: {}", errors.text());
        }
    }

    void close(Libc.Errors errors) {
        int _ = Libc.close(errors, fd);
    }
}
