package sprite.server.control;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Bytes in parts of some length each. Confined to one thread. */
final class Parts extends OutputStream {
    private final DataOutputStream out;
    private final Patience patience;

    Parts(DataOutputStream out, Patience patience) {
        this.out = out;
        this.patience = patience;
    }

    /** The other end has gone, or is taken to have. */
    static final class NobodyReads extends IOException {
        private static final long serialVersionUID = 1;

        NobodyReads(IOException cause) {
            super(cause);
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        if (count == 0) {
            return;
        }
        try {
            out.writeInt(count);
            out.write(bytes, from, count);
            patience.renew();
        } catch (IOException e) {
            throw new NobodyReads(e);
        }
    }
}
