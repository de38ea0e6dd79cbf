package sprite.server.prefix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.LocateRequest;
import sprite.server.cache.BlockCache;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.Entry;
import sprite.server.domain.store.RocksDomain;

/** Opening a domain waits for the disk, so the tests share three, and each makes names of its own in them. */
class PrefixServiceTest {
    private static final HostPort HERE = new HostPort("127.0.0.1", 1);
    private static final List<AutoCloseable> SHARED = new ArrayList<>();

    private static BlockCache cache;
    private static Domain root;
    private static Domain projects;
    private static Domain other;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private PrefixService service;

    @BeforeAll
    static void openDomains(@TempDir Path temporary) throws Exception {
        cache = new BlockCache(1 << 20);
        SHARED.add(cache);
        root = open(temporary, "/");
        projects = open(temporary, "/projects");
        other = open(temporary, "/other");
    }

    @AfterAll
    static void closeDomains() throws Exception {
        closeAll(SHARED);
    }

    @BeforeEach
    void serveTwo() {
        service = serve(List.of(root, projects), List.of());
    }

    @AfterEach
    void closeServices() throws Exception {
        closeAll(opened);
    }

    private static void closeAll(List<AutoCloseable> list) throws Exception {
        for (AutoCloseable each : list.reversed()) {
            each.close();
        }
        list.clear();
    }

    @Test
    void knowsItsOwnPrefixesExactly() {
        LocateReply found = locate(service, "/projects", false);
        assertTrue(found.getFound());
        assertEquals("127.0.0.1:1", found.getAddress());
        assertEquals(projects.uuid().toString(), found.getDomain().getUuid());
        assertFalse(locate(service, "/projects/x", false).getFound());
        assertFalse(locate(service, "no prefix", true).getFound());
    }

    @Test
    void asksPeersOnlyIfTheAskerWantsIt() throws Exception {
        PrefixService asker = serve(List.of(other), List.of(listen(service)));
        assertTrue(locate(asker, "/projects", true).getFound());
        assertFalse(locate(asker, "/projects", false).getFound());
        assertFalse(locate(asker, "/nowhere", true).getFound());
    }

    @Test
    void aPeerThatDoesNotAnswerCostsNoMoreThanItsDeadline() throws Exception {
        ServerSocket silent = opened(new ServerSocket(0, 10, InetAddress.getLoopbackAddress()));
        PrefixService asker =
                serve(List.of(other), List.of(new HostPort("127.0.0.1", silent.getLocalPort()), listen(service)));
        assertTrue(locate(asker, "/projects", true).getFound());
    }

    @Test
    void asksAPeerAgainThatWasDownAMomentAgo() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        PrefixService asker = serve(List.of(other), List.of(new HostPort("127.0.0.1", port)));
        assertFalse(locate(asker, "/projects", true).getFound());
        opened(new LocateServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), service));
        // gRPC may hear of the order to forget its failure only after the next call; left alone it takes two minutes.
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (!locate(asker, "/projects", true).getFound()) {
            assertTrue(System.nanoTime() < deadline, "the peer is up, and still not asked");
        }
    }

    @Test
    void tellsPeersEverythingItExports() throws Exception {
        Peers peers = opened(new Peers(List.of(listen(service))));
        PrefixConflictException same = assertThrows(
                PrefixConflictException.class, () -> peers.exports().refusePrefixes(List.of(new Prefix("/projects"))));
        assertTrue(String.valueOf(same.getMessage()).contains("exports /projects already"), same.getMessage());
        peers.exports().refusePrefixes(List.of(new Prefix("/project")));
    }

    @Test
    void refusesTheNumberOfAPeersDomain() throws Exception {
        Peers peers = opened(new Peers(List.of(listen(service))));
        PrefixConflictException copy = assertThrows(
                PrefixConflictException.class, () -> peers.exports().refuseNumbers(new OwnDomains(List.of(root))));
        assertTrue(String.valueOf(copy.getMessage()).contains("copies of one domain"), copy.getMessage());
        peers.exports().refuseNumbers(new OwnDomains(List.of(other)));
    }

    @Test
    void makesALinkOnceHoweverOftenItIsAskedTo() throws Exception {
        service.link("/made", false);
        service.link("/made", false);
        Entry link = root.lookup(root.root(), FileName.ofText("made"));
        assertNotNull(link);
        assertEquals(FileType.REMOTE_LINK, link.type());
        assertEquals(new Prefix("/made"), root.attributes(link.file()).remote());
    }

    @Test
    void removesALinkOnceHoweverOftenItIsAskedTo() throws Exception {
        service.link("/removed", false);
        service.link("/removed", true);
        service.link("/removed", true);
        assertNull(root.lookup(root.root(), FileName.ofText("removed")));
    }

    @Test
    void linksInTheDomainOfTheLongestPrefix() throws Exception {
        FileId directory = make(projects, projects.root(), "deep", FileType.DIRECTORY);
        service.link("/projects/deep/far", false);
        assertNotNull(projects.lookup(directory, FileName.ofText("far")));
        service.link("/projects", false);
        assertNotNull(root.lookup(root.root(), FileName.ofText("projects")));
    }

    @Test
    void refusesALinkThatCannotBe() throws Exception {
        make(root, root.root(), "file", FileType.REGULAR);
        service.link("/far", false);
        assertRefused(FsError.INVALID, "/");
        assertRefused(FsError.INVALID, "far");
        assertRefused(FsError.NOT_FOUND, "/missing/far");
        assertRefused(FsError.NOT_DIRECTORY, "/file/far");
        assertRefused(FsError.CROSS_DOMAIN, "/far/further");
        assertRefused(FsError.EXISTS, "/file");
        assertRefused(FsError.NAME_TOO_LONG, "/" + "x".repeat(256));
        PrefixService elsewhere = serve(List.of(projects), List.of());
        FsException none = assertThrows(FsException.class, () -> elsewhere.link("/far", false));
        assertEquals(FsError.NO_PREFIX, none.error());
    }

    @Test
    void removesNothingButItsLink() throws Exception {
        make(root, root.root(), "kept", FileType.REGULAR);
        FsException refused = assertThrows(FsException.class, () -> service.link("/kept", true));
        assertEquals(FsError.EXISTS, refused.error());
        assertNotNull(root.lookup(root.root(), FileName.ofText("kept")));
    }

    private void assertRefused(FsError error, String prefix) {
        FsException refused = assertThrows(FsException.class, () -> service.link(prefix, false));
        assertEquals(error, refused.error());
        assertTrue(refused.subject().contains(prefix), refused.subject());
    }

    private static LocateReply locate(PrefixService service, String prefix, boolean askPeers) {
        return service.locate(LocateRequest.newBuilder()
                .setPrefix(prefix)
                .setAskPeers(askPeers)
                .build());
    }

    private static FileId make(Domain domain, FileId directory, String name, FileType type) throws FsException {
        return domain.apply(
                        new Command.Make(
                                FileTime.EPOCH, directory, FileName.ofText(name), type, 0755, 0, 0, 0, null, null),
                        null,
                        null)
                .file()
                .file();
    }

    private static Domain open(Path temporary, String prefix) throws Exception {
        Path directory = temporary.resolve("domain" + prefix.replace('/', '-'));
        RocksDomain domain = RocksDomain.open(new Prefix(prefix), directory, DomainOptions.with(cache));
        SHARED.add(domain);
        return domain;
    }

    private PrefixService serve(List<Domain> domains, List<HostPort> peers) {
        OwnDomains own = new OwnDomains(domains);
        return new PrefixService(own, opened(new Peers(peers)), HERE, new DirectChanger(own), Clock.systemUTC());
    }

    private HostPort listen(Locator locator) throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return new HostPort("127.0.0.1", opened(new LocateServer(any, locator)).port());
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        opened.add(closeable);
        return closeable;
    }
}
