package sprite.client.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import sprite.common.wire.proto.Attributes;
import sprite.common.wire.proto.AttributesReply;
import sprite.common.wire.proto.ChangeReply;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.ServerFrame;

class GrantlessTest {
    private static boolean isGrant(FieldDescriptor field) {
        return field.getName().endsWith("granted")
                || List.of("cacheable", "has_data").contains(field.getName());
    }

    private static void grantEverything(Message.Builder reply) {
        for (FieldDescriptor field : reply.getDescriptorForType().getFields()) {
            if (isGrant(field)) {
                reply.setField(field, true);
            }
        }
    }

    private static List<String> grants(Message reply) {
        List<String> all = new ArrayList<>();
        for (FieldDescriptor field : reply.getDescriptorForType().getFields()) {
            if (isGrant(field) && reply.getField(field).equals(true)) {
                all.add(field.getName());
            }
        }
        return all;
    }

    @Test
    void nothingIsGrantedAndTheRestStays() {
        var open = OpenReply.newBuilder().setCreated(true);
        var change = ChangeReply.newBuilder().setFreed(true);
        var attributes = AttributesReply.newBuilder().setCopied(7);
        for (Message.Builder reply : List.of(open, change, attributes)) {
            grantEverything(reply);
            assertTrue(!grants(reply.build()).isEmpty(), "it can grant something");
        }
        OpenReply opened = Grantless.of(ServerFrame.newBuilder()
                        .setSeq(3)
                        .setOpen(open.setAttributes(Attributes.newBuilder().setSize(5)))
                        .build())
                .getOpen();
        assertEquals(List.of(), grants(opened));
        assertEquals(5, opened.getAttributes().getSize());
        assertTrue(opened.getCreated());
        ServerFrame changed = Grantless.of(
                ServerFrame.newBuilder().setSeq(4).setChange(change).build());
        assertEquals(List.of(), grants(changed.getChange()));
        assertTrue(changed.getChange().getFreed());
        assertEquals(4, changed.getSeq());
        AttributesReply told = Grantless.of(
                        ServerFrame.newBuilder().setAttributes(attributes).build())
                .getAttributes();
        assertEquals(List.of(), grants(told));
        assertEquals(7, told.getCopied());
    }
}
