package sprite.server;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import sprite.server.prefix.HostPort;

/** Whether an address can be listened on, found out before anything else is touched. Pure but for the network. */
final class ListenAddress {
    private ListenAddress() {}

    /** The socket address to listen on, if it is free at the moment, and others can be told where this server is. */
    static InetSocketAddress free(ServerConfig config) throws StartException {
        HostPort listen = config.listen();
        InetSocketAddress address = resolve(listen);
        if (address.getAddress().isAnyLocalAddress() && config.advertise() == null) {
            throw new StartException("--listen " + listen + " is no address that clients could be told;"
                    + " add --advertise HOST:PORT, as they reach this machine");
        }
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(address);
            return address;
        } catch (IOException e) {
            throw refusal(listen, e);
        }
    }

    /** What to tell people when listening failed. */
    static StartException refusal(HostPort listen, IOException failure) {
        String reason = String.valueOf(failure.getMessage());
        if (failure instanceof BindException && reason.contains("in use")) {
            return new StartException(
                    "--listen " + listen + " is in use by another program; stop that one, or choose another port");
        }
        if (failure instanceof BindException && reason.contains("assign")) {
            return new StartException("--listen " + listen + " is no address of this machine; choose one that is");
        }
        return new StartException("--listen " + listen + " does not work (" + reason + "); choose another address");
    }

    private static InetSocketAddress resolve(HostPort listen) throws StartException {
        try {
            return new InetSocketAddress(InetAddress.getByName(listen.host()), listen.port());
        } catch (UnknownHostException e) {
            throw new StartException("--listen " + listen + ": there is no host '" + listen.host()
                    + "'; write a name or an address of this machine");
        }
    }
}
