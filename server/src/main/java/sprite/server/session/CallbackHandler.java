package sprite.server.session;

import sprite.common.wire.proto.CallbackDone;

/**
 * Waits for the answer to one callback. Exactly one of the two is called, once, with no lock of this room held. Neither
 * may block.
 */
public interface CallbackHandler {
    /** The client has obeyed, or could not; called on the thread that reads its stream. */
    void done(CallbackDone done);

    /** The client died before it answered. */
    void died();
}
