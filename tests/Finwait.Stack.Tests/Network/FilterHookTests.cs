using Finwait.Tcp;
using Finwait.Wire;
using static Finwait.Stack.Tests.Wires;

namespace Finwait.Stack.Tests;

/// <summary>Where in the host the packet filter stands, and what REJECT and LOG do.</summary>
public sealed class FilterHookTests
{
    private static readonly FilterMatch s_tcp = new() { Protocol = 6 };

    private static byte[] Segment(TcpFlags flags, uint seq = 1000, uint ack = 0, int length = 0) =>
        Ipv4(Juliet, Romeo, IpProtocol.Tcp, Wires.Tcp(Juliet, Romeo, 40000, 4000, flags, seq, ack, length), df: true);

    // tool-formats 16: INPUT drops come after the capture; golden 10-syn-blocked: the SYNs are in juliet's capture.
    [Fact]
    public void Input_Drop_ComesAfterTheCapture()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Eth.Tap = new CaptureTap();
        rig.Host.Filter.Append("INPUT", FilterMatch.Any, FilterTarget.Drop);
        rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Icmp, Echo(1, 1, 56)));
        Assert.Equal(("", 1, 1L), (rig.TakeTrace(), rig.Eth.Tap.Count, rig[DropReason.FilterInput]));
        Assert.Equal((1L, 84L), (rig.Host.Filter.Input.Rules[0].Packets, rig.Host.Filter.Input.Rules[0].Octets));
    }

    // OUTPUT drops come before the capture, and the sender is told (EPERM).
    [Fact]
    public void Output_Drop_ComesBeforeTheCaptureAndIsTold()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Eth.Tap = new CaptureTap();
        rig.Host.Filter.Append("OUTPUT", FilterMatch.Any, FilterTarget.Drop);
        Assert.Equal(SendResult.Filtered, rig.SendUdp(Juliet));
        Assert.Equal(("", 0, 1L), (rig.TakeTrace(), rig.Eth.Tap.Count, rig[DropReason.FilterOutput]));
        Assert.Equal(Errno.EPERM, rig.Host.Ping.Send(rig.Now, Juliet, 1, 1, []));
        rig.AssertNoLeak();
    }

    [Fact]
    public void Forward_Drop_SeesBothInterfacesAndTheLoweredTtl()
    {
        HostRig rig = new(s => s.IpForward = true);
        rig.Host.AddPointToPoint("tun0", 1500).AddAddress(Ip("10.0.0.1"), 24);
        rig.Host.AddPointToPoint("tun1", 1500).AddAddress(Ip("10.0.1.1"), 24);
        FilterMatch way = new() { In = new InterfaceMatch("tun0"), Out = new InterfaceMatch("tun1") };
        rig.Host.Filter.Append("FORWARD", way, FilterTarget.Log("seen "));
        rig.Host.Filter.Append("FORWARD", way, FilterTarget.Drop);
        rig.Receive(Ipv4(Ip("10.0.0.2"), Ip("10.0.1.2"), IpProtocol.Udp, Udp(Ip("10.0.0.2"), Ip("10.0.1.2"), 53, 5353, 4), ttl: 10));
        Assert.Equal((0, 1L), (rig.Sent.Count, rig[DropReason.FilterForward]));
        Assert.Equal("seen IN=tun0 OUT=tun1 SRC=10.0.0.2 DST=10.0.1.2 LEN=32 TOS=0x00 PREC=0x00 TTL=9 ID=7 PROTO=UDP SPT=53 DPT=5353 LEN=12 ",
            rig.Host.Filter.Log.Entries.Single().Text);
        rig.AssertNoLeak();
    }

    // The line that the kernel's LOG target writes, for a SYN as in golden 03-handshake.
    [Fact]
    public void Log_Syn_IsTheLineOfTheKernel()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Host.Filter.Append("INPUT", s_tcp, FilterTarget.Log("in: "));
        rig.ReceiveIp(Segment(TcpFlags.Syn));
        Assert.Equal("in: IN=eth1 OUT= MAC=02:00:00:00:01:64:02:00:00:00:01:01:08:00 SRC=10.10.2.100 DST=10.10.1.100 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=7 DF "
            + "PROTO=TCP SPT=40000 DPT=4000 WINDOW=1024 RES=0x00 SYN URGP=0 ", rig.Host.Filter.Log.Entries.Single().Text);
    }

    [Fact]
    public void Log_Full_LosesTheOldest()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Host.Filter.Append("INPUT", s_tcp, FilterTarget.Log());
        for (int i = 0; i < KernelLog.Capacity + 5; i++)
        {
            rig.ReceiveIp(Segment(TcpFlags.Rst));
        }

        Assert.Equal((KernelLog.Capacity, 5L), (rig.Host.Filter.Log.Entries.Count, rig.Host.Filter.Log.Lost));
    }

    // iptables-extensions(8), REJECT: each answer by its name.
    [Theory]
    [InlineData(RejectWith.PortUnreachable, 3)]
    [InlineData(RejectWith.NetUnreachable, 0)]
    [InlineData(RejectWith.HostUnreachable, 1)]
    [InlineData(RejectWith.ProtocolUnreachable, 2)]
    [InlineData(RejectWith.NetProhibited, 9)]
    [InlineData(RejectWith.HostProhibited, 10)]
    [InlineData(RejectWith.AdminProhibited, 13)]
    public void Reject_Icmp_TellsTheSender(RejectWith with, int code)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Host.Filter.Append("INPUT", s_tcp, FilterTarget.Reject(with));
        rig.ReceiveIp(Segment(TcpFlags.Syn));
        rig.AssertTrace($"0.000 > router 10.10.1.100 > 10.10.2.100 ttl 64 tos 0xc0 icmp 3/{code} rest 0 length 48");
    }

    // RFC 9293 §3.5.2: the numbers of the reset; no reset for a reset.
    [Theory]
    [InlineData(TcpFlags.Syn, 0u, 0, "[Rst, Ack] seq 0 ack 1001")]
    [InlineData(TcpFlags.Syn | TcpFlags.Fin, 0u, 5, "[Rst, Ack] seq 0 ack 1007")]
    [InlineData(TcpFlags.Ack, 777u, 5, "[Rst] seq 777 ack 0")]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack, 777u, 0, "[Rst] seq 777 ack 0")]
    [InlineData(TcpFlags.Rst, 0u, 0, null)]
    [InlineData(TcpFlags.Rst | TcpFlags.Ack, 777u, 0, null)]
    public void Reject_TcpReset_AnswersAsAClosedPort(TcpFlags flags, uint ack, int length, string? answer)
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Host.Filter.Append("INPUT", s_tcp, FilterTarget.Reject(RejectWith.TcpReset));
        rig.ReceiveIp(Segment(flags, ack: ack, length: length));
        rig.AssertTrace(answer is null ? "" : $"0.000 > router 10.10.1.100 > 10.10.2.100 ttl 64 DF tcp 4000 > 40000 {answer} length 0");
    }

    [Fact]
    public void Reject_InOutput_IsToldToOurselvesOverLoopback()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Host.Loopback.Tap = new CaptureTap();
        rig.Host.Ping.Open(5);
        rig.Host.Filter.Append("OUTPUT", new FilterMatch { Protocol = 1, Out = new InterfaceMatch("eth1") }, FilterTarget.Reject());
        Assert.Equal(Errno.EPERM, rig.Host.Ping.Send(rig.Now, Juliet, 5, 1, Pattern(4)));
        rig.Drain();
        Assert.True(rig.Host.Ping.TryTake(5, out PingReply reply));
        Assert.Equal((PingReplyKind.Unreachable, (byte)3, Juliet), (reply.Kind, reply.Code, reply.Destination));
        Assert.Equal(1, rig.Host.Loopback.Tap.Count);
    }

    // Reassembly comes before INPUT: a rule on ports sees the whole datagram and catches it.
    [Fact]
    public void Input_FragmentedDatagram_IsSeenWhole()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.Host.Filter.Append("INPUT", new FilterMatch { Protocol = 17, DestinationPorts = new PortMatch(9, 9) }, FilterTarget.Drop);
        byte[] datagram = Udp(Juliet, Romeo, 1, 9, 100);
        rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Udp, datagram.AsSpan(48), offset: 48));
        rig.ReceiveIp(Ipv4(Juliet, Romeo, IpProtocol.Udp, datagram.AsSpan(0, 48), more: true));
        Assert.Equal((1L, 128L, 1L), (rig.Host.Filter.Input.Rules[0].Packets, rig.Host.Filter.Input.Rules[0].Octets, rig[DropReason.FilterInput]));
    }

    // iptables-legacy: the policy counts too, once the table is loaded.
    [Fact]
    public void Policy_Counts_OnceTheTableIsLoaded()
    {
        HostRig rig = HostRig.Romeo().KnowingRouter();
        rig.ReceiveIp(Segment(TcpFlags.Rst));
        Assert.Equal(0, rig.Host.Filter.Input.PolicyPackets);
        rig.Host.Filter.SetPolicy("FORWARD", isDrop: true);
        rig.ReceiveIp(Segment(TcpFlags.Rst));
        Assert.Equal((1L, 40L), (rig.Host.Filter.Input.PolicyPackets, rig.Host.Filter.Input.PolicyOctets));
    }
}
