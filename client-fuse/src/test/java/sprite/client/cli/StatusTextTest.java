package sprite.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class StatusTextTest {
    @Test
    void saysUnitsWithTheValuesAndNotInTheNames() throws Exception {
        assertEquals("""
                uptime               1m5s
                clients              1
                  name b, lease 9.25s, total 4.0 KiB, low false
                cache
                  used               8.0 MiB
                  hits               3
                  misses             1
                  hit rate           75.0 %
                """, text("""
                {"uptimeSeconds": 65,
                 "clients": [{"name": "b", "leaseMillis": 9250, "space": {"totalBytes": 4096, "low": false}}],
                 "cache": {"used": 8388608, "hits": 3, "misses": 1}}
                """));
    }

    @Test
    void saysThatThereIsNothing() throws Exception {
        assertEquals("""
                sessions             none
                space                unknown
                fuse
                  features           none
                """, text("{\"sessions\": [], \"space\": null, \"fuse\": {\"features\": {}}}"));
    }

    private static String text(String json) throws Exception {
        return StatusText.of(new ObjectMapper().readTree(json));
    }
}
