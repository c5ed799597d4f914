import com.zx.sms.codec.cmpp.msg.CmppDeliverRequestMessage;
import com.zx.sms.codec.cmpp.msg.CmppDeliverResponseMessage;
import com.zx.sms.codec.cmpp.msg.CmppSubmitRequestMessage;
import com.zx.sms.codec.cmpp.msg.CmppSubmitResponseMessage;
import com.zx.sms.connect.manager.EndpointManager;
import com.zx.sms.connect.manager.cmpp.CMPPClientEndpointEntity;
import com.zx.sms.handler.api.AbstractBusinessHandler;
import com.zx.sms.session.cmpp.SessionState;
import io.netty.channel.ChannelHandlerContext;

/** SMSGate's own CMPP client: java SmsgateClient port version user secret serviceId srcId mobile seconds text... */
public final class SmsgateClient {
    public static void main(String[] args) throws Exception {
        CMPPClientEndpointEntity client = new CMPPClientEndpointEntity();
        Common.account(client, "client", args[2], args[3], Common.version(args[1]));
        client.setHost("127.0.0.1");
        client.setPort(Integer.valueOf(args[0]));
        client.setServiceId(args[4]);
        client.setMsgSrc(args[2]);
        client.setBusinessHandlerSet(Common.handlers(new Business(args)));
        EndpointManager.INS.openEndpoint(client);
        Thread.sleep(Long.parseLong(args[7]) * 1000);
        EndpointManager.INS.close(client);
        Thread.sleep(1000);
        System.exit(0);
    }

    private static final class Business extends AbstractBusinessHandler {
        private final String[] args;

        Business(String[] args) {
            this.args = args;
        }

        @Override
        public String name() {
            return "interop-client";
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
            if (event == SessionState.Connect) {
                System.out.println("CONNECTED");
                for (int at = 8; at < args.length; at++) {
                    CmppSubmitRequestMessage submit =
                            CmppSubmitRequestMessage.create(args[6], args[5], args[at]);
                    submit.setMsgsrc(args[2]);
                    submit.setServiceId(args[4]);
                    submit.setRegisteredDelivery((short) 1);
                    context.channel().writeAndFlush(submit);
                }
            }
            context.fireUserEventTriggered(event);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            if (message instanceof CmppSubmitResponseMessage) {
                CmppSubmitResponseMessage answer = (CmppSubmitResponseMessage) message;
                System.out.println("SUBMIT_RESP result=" + answer.getResult() + " id=" + answer.getMsgId());
            } else if (message instanceof CmppDeliverRequestMessage) {
                CmppDeliverRequestMessage deliver = (CmppDeliverRequestMessage) message;
                if (deliver.isReport()) {
                    System.out.println("REPORT stat=" + deliver.getReportRequestMessage().getStat()
                            + " id=" + deliver.getReportRequestMessage().getMsgId()
                            + " number=" + deliver.getReportRequestMessage().getDestterminalId());
                } else {
                    System.out.println("REPLY from=" + deliver.getSrcterminalId() + " text=" + deliver.getMsgContent());
                }
                CmppDeliverResponseMessage yes = new CmppDeliverResponseMessage(deliver.getHeader().getSequenceId());
                yes.setMsgId(deliver.getMsgId());
                yes.setResult(0);
                context.channel().writeAndFlush(yes);
            } else {
                context.fireChannelRead(message);
            }
        }
    }
}
