package sprite.server.session;

import sprite.common.wire.proto.ServerFrame;

/** The server's end of one stream to a client. No method blocks; calls are made one at a time. */
public interface ClientStream {
    /** Whether the network takes more at this moment; when it does again, {@link Session#drain} is to be called. */
    boolean isReady();

    /** Hands a frame to the network. */
    void send(ServerFrame frame);

    /** Ends the stream; the client may come back on another one. */
    void end(String why);
}
