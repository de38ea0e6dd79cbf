package sprite.client.session;

import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.ServerFrame;

/**
 * What a server says without being asked. Implemented by whoever caches; called on the thread that reads the stream.
 */
public interface LinkEvents {
    /**
     * A callback arrived. Must not block; revocations of names and attributes are obeyed before it returns, work that
     * takes time goes to another thread. Exactly one CallbackDone is sent for it in the end.
     */
    void callback(ServerLink link, Callback callback);

    /**
     * The session was lost: the server forgot what this client has (it restarted, or the lease ended). Everything
     * cached from it must be dropped before this returns; what is open or dirty is opened again on another thread, with
     * {@code Reopen}. Requests other than Reopen wait until {@link SessionRecovery#finished} is called.
     */
    void sessionLost(ServerLink link, SessionRecovery recovery);

    /**
     * The session of this client's life before goes on: the server still has what that life held. It is to be told anew
     * what is open, with {@code Reopen}, on another thread; callbacks may come meanwhile. Requests other than Reopen
     * wait until {@link SessionRecovery#finished} is called.
     *
     * @param recovering that life had lost the session before, and may not have told this one of all that was locked
     */
    void sessionInherited(ServerLink link, boolean recovering, SessionRecovery recovery);

    /**
     * The server has said once more what it answered to a request that is not under way here: perhaps it will be asked
     * for again, for a program that the client's life before has not answered. It says so before anything else. Must
     * not block.
     */
    void answeredBefore(ServerLink link, ServerFrame answer);

    /** Tells the link that recovery is over. */
    interface SessionRecovery {
        void finished();
    }
}
