package sprite.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.name.Prefix;
import sprite.consistency.ClientId;
import sprite.server.cache.BlockCache;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.store.RocksDomain;
import sprite.server.open.Exports;

/** A server may serve any one of its domains in its next life, which then says whom it waits for. */
class StoredRollTest {
    private static final ClientId CLIENT = new ClientId(5);

    @TempDir
    Path directory;

    private final BlockCache cache = new BlockCache(8 << 20);
    private RocksDomain a;
    private RocksDomain b;

    @BeforeEach
    void open() throws Exception {
        a = RocksDomain.open(Prefix.ROOT, directory.resolve("a"), DomainOptions.with(cache));
        b = RocksDomain.open(new Prefix("/b"), directory.resolve("b"), DomainOptions.with(cache));
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
        cache.close();
    }

    private StoredRoll nextLife() {
        return new StoredRoll(new Exports(List.of(a, b)));
    }

    @Test
    void entersAClientWhereItIsMissing() throws Exception {
        a.remember(CLIENT.value());
        StoredRoll roll = nextLife();
        assertEquals(Set.of(CLIENT), roll.former(), "it is waited for");
        assertEquals(Set.of(), roll.formerStoring());
        roll.enter(CLIENT);
        assertEquals(List.of(CLIENT.value()), b.clients());
        assertEquals(List.of(), a.storingClients());
        assertEquals(List.of(), b.storingClients());
    }

    @Test
    void keepsTheMarkOfAClientThatIsMissingInOneDomain() throws Exception {
        a.rememberStoring(CLIENT.value());
        StoredRoll roll = nextLife();
        assertEquals(Set.of(CLIENT), roll.former());
        assertEquals(Set.of(CLIENT), roll.formerStoring());
        roll.enter(CLIENT);
        assertEquals(List.of(CLIENT.value()), a.storingClients());
        assertEquals(List.of(CLIENT.value()), b.storingClients());
        for (int i = 0; i < 30; i++) {
            roll.unmark(Set::of);
        }
        assertEquals(List.of(), a.storingClients());
        assertEquals(List.of(), b.storingClients());
        assertEquals(List.of(CLIENT.value()), b.clients());
    }

    @Test
    void leavesAClientThatIsOnEveryListAsItIs() throws Exception {
        a.rememberStoring(CLIENT.value());
        b.remember(CLIENT.value());
        StoredRoll roll = nextLife();
        assertEquals(Set.of(CLIENT), roll.former());
        roll.enter(CLIENT);
        assertEquals(List.of(CLIENT.value()), a.storingClients());
        assertEquals(List.of(), b.storingClients());
    }
}
