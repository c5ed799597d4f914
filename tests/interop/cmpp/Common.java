import com.zx.sms.connect.manager.EndpointEntity;
import com.zx.sms.connect.manager.cmpp.CMPPEndpointEntity;
import com.zx.sms.handler.api.AbstractBusinessHandler;
import com.zx.sms.handler.api.BusinessHandlerInterface;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What the independent client and the independent server have in common. */
final class Common {
    private Common() {}

    static void account(CMPPEndpointEntity entity, String name, String user, String secret, short version) {
        entity.setId(name);
        entity.setUserName(user);
        entity.setPassword(secret);
        entity.setVersion(version);
        entity.setValid(true);
        entity.setChartset(StandardCharsets.UTF_8);
        entity.setMaxChannels((short) 1);
        entity.setRetryWaitTimeSec((short) 30);
        entity.setMaxRetryCnt((short) 1);
        entity.setReSendFailMsg(false);
        entity.setSupportLongmsg(EndpointEntity.SupportLongMessage.BOTH);
        entity.setIdleTimeSec((short) 2);
    }

    static short version(String text) {
        return "3.0".equals(text) ? (short) 0x30 : (short) 0x20;
    }

    static List<BusinessHandlerInterface> handlers(AbstractBusinessHandler one) {
        return List.of(one);
    }
}
