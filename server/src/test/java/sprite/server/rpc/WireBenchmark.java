package sprite.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.GetAttributes;

/** Round trips and throughput over loopback, client and server in one process. Run with -Dbench=true. */
@EnabledIfSystemProperty(named = "bench", matches = "true")
class WireBenchmark {
    private static final Logger log = LoggerFactory.getLogger(WireBenchmark.class);
    private static final int CALLS = 20_000;
    private static final int MEBIBYTES = 512;

    @TempDir
    Path directory;

    @Test
    void roundTripsAndThroughput() throws Exception {
        try (TestServer server = new TestServer(directory, 1);
                TestClient client = TestClient.of(server.port(), 5)) {
            ClientFrame.Builder stat = ClientFrame.newBuilder()
                    .setGetAttributes(GetAttributes.newBuilder().setFile(Wire.toWire(client.root())));
            for (int round = 0; round < 3; round++) {
                long begin = System.nanoTime();
                for (int i = 0; i < CALLS; i++) {
                    client.call(stat);
                }
                log.info("GetAttributes: {} us", (System.nanoTime() - begin) / 1_000.0 / CALLS);
                begin = System.nanoTime();
                for (int i = 0; i < CALLS / 10; i++) {
                    client.call(TestClient.create(client.root(), "f" + round + "." + i, 0644, 0));
                }
                log.info("Create: {} us", (System.nanoTime() - begin) / 100.0 / CALLS);
            }
            transfer(client);
        }
    }

    private static void transfer(TestClient client) throws Exception {
        FileId file = Wire.fileId(client.created("big").getAttributes().getFile());
        ByteString chunk = ByteString.copyFrom(new byte[Protocol.TRANSFER_MAX]);
        for (int round = 0; round < 3; round++) {
            long begin = System.nanoTime();
            for (int i = 0; i < MEBIBYTES; i++) {
                assertEquals(
                        (long) i << 20,
                        client.write(file, (long) i << 20, chunk, true).getOffset());
            }
            long written = System.nanoTime();
            for (int i = 0; i < MEBIBYTES; i++) {
                assertEquals(
                        chunk.size(),
                        client.read(file, (long) i << 20, chunk.size()).size());
            }
            long read = System.nanoTime();
            log.info(
                    "write {} MiB/s, read {} MiB/s",
                    MEBIBYTES * 1_000_000_000L / (written - begin),
                    MEBIBYTES * 1_000_000_000L / (read - written));
        }
    }
}
