import com.zx.sms.codec.cmpp.msg.CmppDeliverRequestMessage;
import com.zx.sms.codec.cmpp.msg.CmppDeliverResponseMessage;
import com.zx.sms.codec.cmpp.msg.CmppReportRequestMessage;
import com.zx.sms.codec.cmpp.msg.CmppSubmitRequestMessage;
import com.zx.sms.codec.cmpp.msg.CmppSubmitResponseMessage;
import com.zx.sms.connect.manager.EndpointManager;
import com.zx.sms.connect.manager.cmpp.CMPPServerChildEndpointEntity;
import com.zx.sms.connect.manager.cmpp.CMPPServerEndpointEntity;
import com.zx.sms.handler.api.AbstractBusinessHandler;
import com.zx.sms.session.cmpp.SessionState;
import io.netty.channel.ChannelHandlerContext;

/** SMSGate's own CMPP server: java SmsgateServer port version user secret seconds. */
public final class SmsgateServer {
    public static void main(String[] args) throws Exception {
        CMPPServerEndpointEntity server = new CMPPServerEndpointEntity();
        server.setId("server");
        server.setHost("127.0.0.1");
        server.setPort(Integer.valueOf(args[0]));
        server.setValid(true);
        CMPPServerChildEndpointEntity child = new CMPPServerChildEndpointEntity();
        Common.account(child, "child", args[2], args[3], Common.version(args[1]));
        child.setBusinessHandlerSet(Common.handlers(new Business()));
        server.addchild(child);
        EndpointManager.INS.openEndpoint(server);
        System.out.println("LISTENING");
        Thread.sleep(Long.parseLong(args[4]) * 1000);
        System.exit(0);
    }

    private static final class Business extends AbstractBusinessHandler {
        @Override
        public String name() {
            return "interop-server";
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
            if (event == SessionState.Connect) {
                System.out.println("CONNECTED");
            }
            context.fireUserEventTriggered(event);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            if (message instanceof CmppSubmitRequestMessage) {
                CmppSubmitRequestMessage submit = (CmppSubmitRequestMessage) message;
                System.out.println("SUBMIT to=" + submit.getDestterminalId()[0] + " src=" + submit.getSrcId()
                        + " service=" + submit.getServiceId() + " msgsrc=" + submit.getMsgsrc()
                        + " report=" + submit.getRegisteredDelivery() + " text=" + submit.getMsgContent());
                answer(context, submit);
                if (submit.getFragments() != null) {
                    for (CmppSubmitRequestMessage fragment : submit.getFragments()) {
                        answer(context, fragment);
                    }
                }
            } else if (message instanceof CmppDeliverResponseMessage) {
                System.out.println("DELIVER_RESP result=" + ((CmppDeliverResponseMessage) message).getResult());
            } else {
                context.fireChannelRead(message);
            }
        }

        /** Yes to one part, its status report, and for a text with a question mark a reply of the person. */
        private void answer(ChannelHandlerContext context, CmppSubmitRequestMessage submit) {
            CmppSubmitResponseMessage yes = new CmppSubmitResponseMessage(submit.getHeader().getSequenceId());
            yes.setResult(0);
            context.channel().writeAndFlush(yes);
            CmppReportRequestMessage report = new CmppReportRequestMessage();
            report.setMsgId(yes.getMsgId());
            report.setStat("DELIVRD");
            report.setSubmitTime("2611261200");
            report.setDoneTime("2611261201");
            report.setDestterminalId(submit.getDestterminalId()[0]);
            report.setSmscSequence(7);
            CmppDeliverRequestMessage deliver = new CmppDeliverRequestMessage();
            deliver.setReportRequestMessage(report);
            deliver.setDestId(submit.getSrcId());
            deliver.setSrcterminalId(submit.getDestterminalId()[0]);
            context.channel().writeAndFlush(deliver);
            if (submit.getMsgContent() != null && submit.getMsgContent().contains("?")) {
                CmppDeliverRequestMessage reply = new CmppDeliverRequestMessage();
                reply.setMsgContent("收到");
                reply.setDestId(submit.getSrcId());
                reply.setSrcterminalId(submit.getDestterminalId()[0]);
                context.channel().writeAndFlush(reply);
            }
        }
    }
}
