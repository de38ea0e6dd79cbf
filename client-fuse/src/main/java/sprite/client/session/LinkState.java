package sprite.client.session;

/** How a client stands with one server. */
enum LinkState {
    /** No session yet, or its stream broke and is being replaced. */
    CONNECTING,
    /** Everything may be asked. */
    READY,
    /** Connected, but the server has forgotten this client: only Reopen goes out. */
    RECOVERING,
    /** The client is done with the server. */
    CLOSED
}
