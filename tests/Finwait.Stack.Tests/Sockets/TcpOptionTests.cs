using System.Text;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>What the rarer options of stream sockets do.</summary>
public class TcpOptionTests
{
    private static (TcpRig Rig, int Socket, uint Iss) Accepted(string wire, Action<TcpRig, int>? onListener = null)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        onListener?.Invoke(rig, listener);
        uint iss = rig.HandshakeFromPeer(1000);
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out int socket, out _));
        return (rig, socket, iss);
    }

    private static int Get(TcpRig rig, int socket, SocketOption option)
    {
        Assert.Equal(Errno.None, rig.Sockets.GetOption(socket, option, out int value));
        return value;
    }

    private static Errno Set(TcpRig rig, int socket, SocketOption option, int value) => rig.Sockets.SetOption(rig.Now, socket, option, value);

    // TCP_CORK: nothing partial leaves until it is taken off, whatever Nagle would allow.
    [Theory, OnEveryWire]
    public void Cork_HoldsAPartialSegmentUntilItIsTakenOff(string wire)
    {
        (TcpRig rig, int socket, uint iss) = Accepted(wire);
        Set(rig, socket, SocketOption.TcpCork, 1);
        rig.Host.Send(rig.Now, socket, "ab");
        rig.Host.Send(rig.Now, socket, "cd");
        Assert.Empty(rig.Take());
        Set(rig, socket, SocketOption.TcpCork, 0);
        Assert.Equal("[P.] seq 1 ack 1001 'abcd'", rig.TakeText(iss));
    }

    // TCP_CORK: what is forgotten under it leaves after 200 ms (the man page's limit; on Linux the probe timer does it).
    [Theory, OnEveryWire]
    public void Cork_Forgotten_LeavesAfterTwoHundredMilliseconds(string wire)
    {
        (TcpRig rig, int socket, _) = Accepted(wire);
        Set(rig, socket, SocketOption.TcpCork, 1);
        rig.Host.Send(rig.Now, socket, "ab");
        rig.Run(0.19);
        Assert.Empty(rig.Take());
        rig.Run(0.02);
        Assert.Equal("ab", rig.TakeOne().Text);
    }

    // TCP_NOTSENT_LOWAT: neither writable nor written to while so much is not sent.
    [Theory, OnEveryWire]
    public void NotSentLowWater_Reached_EndsWritability(string wire)
    {
        (TcpRig rig, int socket, uint iss) = Accepted(wire);
        rig.Say(TcpFlags.Ack, 1001, iss + 1, window: 0);
        Set(rig, socket, SocketOption.TcpNotSentLowWater, 1000);
        Assert.True((rig.Sockets.Poll(socket) & SocketReadiness.Writable) != 0);
        Assert.Equal(Errno.None, rig.Sockets.Send(rig.Now, socket, new byte[1500], SendFlags.None, out _));
        Assert.True((rig.Sockets.Poll(socket) & SocketReadiness.Writable) == 0);
        Assert.Equal(Errno.EAGAIN, rig.Sockets.Send(rig.Now, socket, new byte[1], SendFlags.None, out _));
        Set(rig, socket, SocketOption.TcpNotSentLowWater, 2000);
        Assert.True((rig.Sockets.Poll(socket) & SocketReadiness.Writable) != 0);
    }

    // TCP_SYNCNT: measured on Linux 6.18: with 1 the connect() fails after 3 s.
    [Theory, OnEveryWire]
    public void SynCount_One_FailsAfterThreeSeconds(string wire)
    {
        TcpRig rig = new(wire);
        int socket = rig.Stream();
        Set(rig, socket, SocketOption.TcpSynCount, 1);
        rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 81));
        rig.Run(2.9);
        Assert.Equal(Errno.EALREADY, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 81)));
        rig.Run(0.3);
        Assert.Equal(Errno.ETIMEDOUT, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 81)));
    }

    // TCP_SYNCNT set while connect() goes on counts at once.
    [Theory, OnEveryWire]
    public void SynCount_SetDuringConnect_FailsAfterThreeSeconds(string wire)
    {
        TcpRig rig = new(wire);
        int socket = rig.Stream();
        rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 81));
        Set(rig, socket, SocketOption.TcpSynCount, 1);
        rig.Run(3.2);
        Assert.Equal(Errno.ETIMEDOUT, rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 81)));
    }

    // SO_RCVBUF and SO_SNDBUF of an open connection: read back, and no more than the buffer is taken to be sent.
    [Theory, OnEveryWire]
    public void Buffers_SetOnAnOpenConnection_AreItsBuffersFromThenOn(string wire)
    {
        (TcpRig rig, int socket, _) = Accepted(wire);
        Set(rig, socket, SocketOption.ReceiveBuffer, 20_000);
        Set(rig, socket, SocketOption.SendBuffer, 10_000);
        Assert.Equal((40_000, 20_000), (Get(rig, socket, SocketOption.ReceiveBuffer), Get(rig, socket, SocketOption.SendBuffer)));
        Assert.Equal(Errno.None, rig.Sockets.Send(rig.Now, socket, new byte[100_000], SendFlags.None, out int taken));
        Assert.InRange(taken, 1, 40_000);
    }

    // TCP_WINDOW_CLAMP on Linux 6.18: a listener reads what was set, and 0, "none", is for closed sockets only.
    [Theory, OnEveryWire]
    public void WindowClamp_Zero_IsRefusedOnceConnected(string wire)
    {
        (TcpRig rig, int socket, _) = Accepted(wire, (rig, listener) => Assert.Equal(0, Get(rig, listener, SocketOption.TcpWindowClamp)));
        Assert.Equal(Errno.EINVAL, Set(rig, socket, SocketOption.TcpWindowClamp, 0));
        Assert.Equal(Errno.None, Set(rig, socket, SocketOption.TcpWindowClamp, 5000));
        Assert.Equal(5000, Get(rig, socket, SocketOption.TcpWindowClamp));
    }

    // TCP_LINGER2: how long an orphan stays in FIN-WAIT-2; negative ends it with a reset at once.
    [Theory]
    [OnEveryWire(-1, 0)]
    [OnEveryWire(5, 5)]
    [OnEveryWire(0, 60)]
    public void Linger2_OfAnOrphan_IsItsLifeInFinWait2(string wire, int seconds, int life)
    {
        (TcpRig rig, int socket, uint iss) = Accepted(wire);
        Set(rig, socket, SocketOption.TcpLinger2, seconds);
        rig.Sockets.Close(rig.Now, socket);
        rig.TakeOne();
        rig.Say(TcpFlags.Ack, 1001, iss + 2);
        Assert.Equal(seconds < 0 ? "R." : "", string.Concat(rig.Take().Select(s => TcpRig.Letters(s.Flags))));
        if (life > 0)
        {
            rig.Run(life - 0.5);
            Assert.Contains("FinWait2", rig.Host.States(rig.Now), StringComparison.Ordinal);
            rig.Run(1);
        }

        Assert.DoesNotContain("FinWait2", rig.Host.States(rig.Now), StringComparison.Ordinal);
    }

    // TCP_DEFER_ACCEPT: a bare acknowledgment does not wake the application; text does.
    [Theory, OnEveryWire]
    public void DeferAccept_BareAcknowledgment_WaitsForText(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        Set(rig, listener, SocketOption.TcpDeferAccept, 5);
        rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions());
        uint iss = rig.TakeOne().Seq;
        rig.Say(TcpFlags.Ack, 1001, iss + 1);
        Assert.Equal(Errno.EAGAIN, rig.Sockets.Accept(listener, out _, out _));
        rig.Run(0.5);
        Assert.Empty(rig.Take());
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1001, iss + 1, "GET");
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out _, out _));
    }

    // TCP_DEFER_ACCEPT: 5 s are three timeouts (1, 2 and 4 s): no SYN-ACK in the first two, one last chance at 7 s; its acknowledgment is enough.
    [Theory, OnEveryWire]
    public void DeferAccept_NoText_AsksOnceMoreAtTheEnd(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        Set(rig, listener, SocketOption.TcpDeferAccept, 5);
        rig.Say(TcpFlags.Syn, 1000, options: TcpRig.SynOptions());
        uint iss = rig.TakeOne().Seq;
        rig.Say(TcpFlags.Ack, 1001, iss + 1);
        rig.Run(6.8);
        Assert.Empty(rig.Take());
        rig.Run(0.4);
        Assert.Equal("[S.] seq 0 ack 1001", rig.TakeText(iss));
        rig.Say(TcpFlags.Ack, 1001, iss + 1);
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out _, out _));
    }

    // SO_RCVLOWAT: readable when so much is there, or the end.
    [Theory, OnEveryWire]
    public void ReceiveLowWater_LessThere_IsNotReadable(string wire)
    {
        (TcpRig rig, int socket, uint iss) = Accepted(wire);
        Set(rig, socket, SocketOption.ReceiveLowWater, 5);
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1001, iss + 1, "1234");
        Assert.True((rig.Sockets.Poll(socket) & SocketReadiness.Readable) == 0);
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1005, iss + 1, "5");
        Assert.True((rig.Sockets.Poll(socket) & SocketReadiness.Readable) != 0);
    }

    // SO_RCVLOWAT on Linux 6.18: the buffer grows to twice the mark, at most half of the largest buffer.
    [Theory, OnEveryWire]
    public void ReceiveLowWater_BeyondTheBuffer_GrowsIt(string wire)
    {
        (TcpRig rig, int socket, _) = Accepted(wire);
        Set(rig, socket, SocketOption.ReceiveLowWater, 1_000_000);
        rig.Sockets.GetOption(socket, SocketOption.ReceiveBuffer, out int buffer);
        Assert.Equal(2_000_000, buffer);
        Set(rig, socket, SocketOption.ReceiveLowWater, int.MaxValue);
        rig.Sockets.GetOption(socket, SocketOption.ReceiveLowWater, out int mark);
        Assert.Equal(6291456 / 2, mark);
    }

    // TCP_WINDOW_CLAMP bounds every window from the SYN on.
    [Theory, OnEveryWire]
    public void WindowClamp_SetBeforeConnect_BoundsTheWindow(string wire)
    {
        TcpRig rig = new(wire);
        int socket = rig.Stream();
        Set(rig, socket, SocketOption.TcpWindowClamp, 3000);
        rig.Sockets.Connect(rig.Now, socket, new(rig.Remote, 81));
        SeenSegment syn = rig.TakeOne();
        Assert.Equal((2 * rig.Mss, 0), (syn.Window, syn.Options.WindowScale));
    }

    // TCP_QUICKACK: an acknowledgment that waits for an answer goes at once.
    [Theory, OnEveryWire]
    public void QuickAck_AcknowledgmentWaits_SendsIt(string wire)
    {
        (TcpRig rig, int socket, uint iss) = Accepted(wire);
        Set(rig, socket, SocketOption.TcpQuickAck, 0);
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1001, iss + 1, "ask");
        rig.Sockets.Receive(rig.Now, socket, new byte[10], ReceiveFlags.None, out _);
        Assert.Empty(rig.Take());
        Set(rig, socket, SocketOption.TcpQuickAck, 1);
        Assert.Equal("[.] seq 1 ack 1004", rig.TakeText(iss));
    }

    // TCP_QUICKACK on Linux 6.18, one after the other on one connection: any number but 0 turns it on; an even one only for an acknowledgment that waits.
    [Theory, OnEveryWire]
    public void QuickAck_EvenNumber_IsForTheAcknowledgmentThatWaits(string wire)
    {
        (TcpRig rig, int socket, uint iss) = Accepted(wire);
        List<int> read = [];
        foreach (int value in new[] { 0, 1, 2, 3, 4 })
        {
            Set(rig, socket, SocketOption.TcpQuickAck, value);
            read.Add(Get(rig, socket, SocketOption.TcpQuickAck));
        }

        Assert.Equal([0, 1, 1, 1, 1], read);
        Set(rig, socket, SocketOption.TcpQuickAck, 0);
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1001, iss + 1, "ask");
        rig.Sockets.Receive(rig.Now, socket, new byte[10], ReceiveFlags.None, out _);
        Assert.Empty(rig.Take());
        Set(rig, socket, SocketOption.TcpQuickAck, 2);
        Assert.Equal("[.] seq 1 ack 1004", rig.TakeText(iss));
        Assert.Equal(0, Get(rig, socket, SocketOption.TcpQuickAck));
    }

    // SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK.
    [Theory, OnEveryWire]
    public void Control_TellsTheQueues(string wire)
    {
        (TcpRig rig, int socket, uint iss) = Accepted(wire);
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1001, iss + 1, "12345", window: 0);
        rig.Host.Send(rig.Now, socket, "abc");
        rig.Take();
        int[] values = [.. Enum.GetValues<SocketQuery>().Select(query => rig.Sockets.Control(socket, query, out int value) == Errno.None ? value : -1)];
        Assert.Equal([5, 3, 3, 0], values);
        rig.Say(TcpFlags.Ack, 1006, iss + 1, window: 60000);
        rig.Take();
        rig.Sockets.Control(socket, SocketQuery.OutputNotSent, out int unsent);
        rig.Sockets.Control(socket, SocketQuery.OutputQueue, out int unacknowledged);
        Assert.Equal((0, 3), (unsent, unacknowledged));
    }

    // MSG_TRUNC on a stream throws octets away as if they had been read.
    [Theory, OnEveryWire]
    public void Truncate_OnAStream_DiscardsOctets(string wire)
    {
        (TcpRig rig, int socket, uint iss) = Accepted(wire);
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, 1001, iss + 1, "12345");
        byte[] buffer = new byte[3];
        rig.Sockets.Receive(rig.Now, socket, buffer, ReceiveFlags.Truncate, out int gone);
        Assert.Equal((3, 0), (gone, buffer[0]));
        rig.Sockets.Receive(rig.Now, socket, buffer, ReceiveFlags.None, out int got);
        Assert.Equal("45", Encoding.ASCII.GetString(buffer, 0, got));
    }
}
