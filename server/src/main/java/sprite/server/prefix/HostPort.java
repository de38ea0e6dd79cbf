package sprite.server.prefix;

/**
 * Where a server can be reached. Immutable.
 *
 * @param host a name or an address; an IPv6 address without brackets
 * @param port 0 to 65,535; 0: any that is free
 */
public record HostPort(String host, int port) {
    public HostPort {
        if (host.isEmpty() || port < 0 || port > 65_535) {
            throw new IllegalArgumentException("not HOST:PORT: '" + host + "' and " + port);
        }
    }

    /** Reads HOST:PORT or [IPV6]:PORT; an IllegalArgumentException says what is wrong with anything else. */
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.contains(":")) {
            host = ""; // an IPv6 address without brackets: where the port begins is a guess
        }
        String port = text.substring(colon + 1);
        boolean digits = port.matches("[0-9]{1,5}") && Integer.parseInt(port) <= 65_535;
        if (host.isEmpty() || !digits) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not HOST:PORT, such as 127.0.0.1:7450 or [::1]:7450, with a port up to 65535");
        }
        return new HostPort(host, Integer.parseInt(port));
    }

    /** The same host with another port. */
    public HostPort withPort(int newPort) {
        return new HostPort(host, newPort);
    }

    @Override
    public String toString() {
        return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
    }
}
