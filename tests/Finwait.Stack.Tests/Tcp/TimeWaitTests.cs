using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack.Tests;

/// <summary>What happens to segments for a connection in TIME-WAIT, or in FIN-WAIT-2 after its owner left (RFC 9293 §3.10.7.4, RFC 1337, RFC 6191).</summary>
public class TimeWaitTests
{
    // The peer's FIN takes the number 999, so that RCV.NXT is 1000, the last one before the wire's edge, and ours is the last one before ours.
    private const uint Irs = 998;
    private const uint RcvNxt = Irs + 2;
    private const uint LastTsVal = 5000;

    // MUST-13, SM-TO-TW: 60 s, then the four-tuple is unknown.
    [Theory, OnEveryWire]
    public void TimeWait_AfterSixtySeconds_IsGone(string wire)
    {
        (TcpRig rig, uint iss) = Closed(wire, timestamps: true);
        Instant entered = rig.Now;
        SocketRow row = rig.Sockets.Snapshot(rig.Now).Single(r => r.IsTimeWait);
        Assert.True(row is { State: TcpState.TimeWait, Timer: TcpTimerKind.TimeWait, TimerCount: 0, ReceiveQueue: 0, SendQueue: 0, Handle: -1, Info: null });
        Assert.Equal(entered + TimeSpan.FromSeconds(60), row.TimerExpires);
        rig.Run(59.999);
        rig.Say(TcpFlags.Fin | TcpFlags.Ack, Irs + 1, iss + 2, options: TcpRig.Timestamps(LastTsVal, 0));
        Assert.Equal($"[.] seq 2 ack {RcvNxt}", rig.TakeText(iss));

        // SM-FIN-TW, SM-ACK-TW: the repeated FIN was answered and started the time anew.
        rig.Run(59.999);
        Assert.Equal(1, rig.Host.Sockets.Tcp.TimeWaitCount);
        rig.Run(0.001);
        Assert.Equal(0, rig.Host.Sockets.Tcp.TimeWaitCount);
        rig.Say(TcpFlags.Fin | TcpFlags.Ack, Irs + 1, iss + 2);
        Assert.Equal("[R] seq 2", rig.TakeText(iss));
    }

    // SM-RST-TW, X-1337-1, BUG-22: whatever its number, a reset does not end TIME-WAIT.
    [Theory]
    [OnEveryWire(RcvNxt)]
    [OnEveryWire(RcvNxt - 1)]
    [OnEveryWire(RcvNxt + 100)]
    [OnEveryWire(RcvNxt + 0x8000_0000)]
    public void TimeWait_Reset_IsIgnored(string wire, uint seq)
    {
        (TcpRig rig, uint iss) = Closed(wire, timestamps: true);
        rig.Say(TcpFlags.Rst, seq);
        rig.Say(TcpFlags.Rst | TcpFlags.Ack, seq, iss + 2);
        Assert.Empty(rig.Take());
        Assert.Equal(1, rig.Host.Sockets.Tcp.TimeWaitCount);
    }

    [Theory, OnEveryWire]
    public void TimeWait_ResetWithoutRfc1337_EndsItAtTheExactNumberOnly(string wire)
    {
        (TcpRig rig, _) = Closed(wire, timestamps: true, s => s.Sockets.Rfc1337 = false);
        rig.Say(TcpFlags.Rst, RcvNxt + 1);
        Assert.Equal(1, rig.Host.Sockets.Tcp.TimeWaitCount);
        rig.Say(TcpFlags.Rst, RcvNxt);
        Assert.Equal(0, rig.Host.Sockets.Tcp.TimeWaitCount);
    }

    // RFC 9293 §3.10.7.4: other segments are acknowledged; a bare ACK in its place needs no answer; bare ones out of place are answered twice a second.
    [Theory, OnEveryWire]
    public void TimeWait_OtherSegments_AreAcknowledged(string wire)
    {
        (TcpRig rig, uint iss) = Closed(wire, timestamps: false);
        rig.Say(TcpFlags.Ack, RcvNxt, iss + 2);
        Assert.Empty(rig.Take());
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, Irs + 1, iss + 2, "old");
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, RcvNxt, iss + 2, "new");
        rig.Say(TcpFlags.Syn | TcpFlags.Ack, Irs, iss + 1);
        rig.Say(TcpFlags.Ack, Irs + 1, iss + 2);
        Assert.Equal($"[.] seq 2 ack {RcvNxt}; [.] seq 2 ack {RcvNxt}; [.] seq 2 ack {RcvNxt}", rig.TakeText(iss));
        rig.Run(0.6);
        rig.Say(TcpFlags.Ack, Irs + 1, iss + 2);
        Assert.Equal($"[.] seq 2 ack {RcvNxt}", rig.TakeText(iss));
        rig.Say(TcpFlags.None, Irs + 1, 0, "x");
        rig.Say(TcpFlags.Psh, RcvNxt, 0, "x");
        Assert.Empty(rig.Take()); // SM-ACK-0
    }

    // X-7323-14: PAWS holds in TIME-WAIT too; answers carry timestamps.
    [Theory, OnEveryWire]
    public void TimeWait_OldTimestamp_IsAnsweredButDoesNotRestartTheTime(string wire)
    {
        (TcpRig rig, uint iss) = Closed(wire, timestamps: true);
        Instant expires = rig.Sockets.Snapshot(rig.Now).Single(r => r.IsTimeWait).TimerExpires;
        rig.Run(1);
        rig.Say(TcpFlags.Fin | TcpFlags.Ack, Irs + 1, iss + 2, options: TcpRig.Timestamps(LastTsVal - 1, 0));
        SeenSegment answer = rig.TakeOne();
        Assert.Equal((TcpFlags.Ack, LastTsVal), (answer.Flags, answer.Options.TsEcr));
        Assert.Equal(expires, rig.Sockets.Snapshot(rig.Now).Single(r => r.IsTimeWait).TimerExpires);
    }

    // SM-TW-1 … SM-TW-8 (RFC 6191 §2), MAY-2, SHLD-4, SM-SEQ-11, SM-SYN-TW, BUG-22. Old and new use of timestamps, TSval − last TSval, sequence − last sequence.
    [Theory]
    [OnEveryWire("SM-TW-1", true, 1, -500, true)]
    [OnEveryWire("SM-TW-1", true, 1_000_000, 500, true)]
    [OnEveryWire("SM-TW-2", true, 0, 1, true)]
    [OnEveryWire("SM-TW-3", true, 0, 0, false)]
    [OnEveryWire("SM-TW-3", true, 0, -1, false)]
    [OnEveryWire("SM-TW-3", true, -1, 500, false)]
    [OnEveryWire("SM-TW-3", true, int.MinValue, 500, false)]
    [OnEveryWire("SM-TW-4", true, null, 1, true)]
    [OnEveryWire("SM-TW-5", true, null, 0, false)]
    [OnEveryWire("SM-TW-5", true, null, -1, false)]
    [OnEveryWire("SM-TW-6", false, 1, 1, true)]
    [OnEveryWire("SM-TW-6", false, -1, -500, true)]
    [OnEveryWire("SM-TW-7", false, null, 1, true)]
    [OnEveryWire("SM-TW-7", false, null, int.MaxValue, true)]
    [OnEveryWire("SM-TW-8", false, null, 0, false)]
    [OnEveryWire("SM-TW-8", false, null, -1, false)]
    [OnEveryWire("SM-TW-8", false, null, int.MinValue, false)]
    public void TimeWait_Syn_IsJudgedByRfc6191(string wire, string row, bool oldTimestamps, int? tsAhead, int seqAhead, bool accepted)
    {
        Assert.StartsWith("SM-TW-", row, StringComparison.Ordinal);
        (TcpRig rig, uint iss) = Closed(wire, oldTimestamps);
        uint seq = unchecked(RcvNxt + (uint)seqAhead);
        rig.Say(TcpFlags.Syn, seq, options: TcpRig.SynOptions(tsAhead is { } ahead ? unchecked(LastTsVal + (uint)ahead) : null));
        if (!accepted)
        {
            Assert.Empty(rig.Take());
            Assert.Equal("Listen:0:5 TimeWait:0:0", rig.Host.States(rig.Now));
            Assert.Equal(1, rig.Host.TcpCounters.TimeWaitRejected);
            return;
        }

        SeenSegment synAck = rig.TakeOne();
        Assert.Equal((TcpFlags.Syn | TcpFlags.Ack, unchecked(seq + 1)), (synAck.Flags, synAck.Ack));
        Assert.Equal("Listen:0:5 SynReceived:0:0", rig.Host.States(rig.Now));

        // SM-TW-9: above everything the old connection sent.
        Assert.True(new SeqNum(synAck.Seq) > new SeqNum(iss + 2));
        rig.Say(TcpFlags.Ack, unchecked(seq + 1), synAck.Seq + 1, options: tsAhead is { } t ? TcpRig.Timestamps(unchecked(LastTsVal + (uint)t), 0) : default);
        Assert.Equal("Listen:1:5 Established:0:0", rig.Host.States(rig.Now));
    }

    // SM-TW-9: without a listener the answer is a reset; with full queues TIME-WAIT stays.
    [Theory, OnEveryWire]
    public void TimeWait_SynWithoutListener_IsReset(string wire)
    {
        (TcpRig rig, _) = Closed(wire, timestamps: false);
        int listener = rig.Sockets.Snapshot(rig.Now)[0].Handle;
        rig.Sockets.Listen(listener, 0);
        rig.RemotePort++;
        rig.Say(TcpFlags.Syn, 1); // fills the queue of half-open connections
        rig.RemotePort--;
        rig.Take();
        rig.Say(TcpFlags.Syn, RcvNxt + 1);
        Assert.Empty(rig.Take());
        Assert.Equal(1, rig.Host.Sockets.Tcp.TimeWaitCount);
        rig.Sockets.Close(rig.Now, listener);
        rig.Say(TcpFlags.Syn, RcvNxt + 1);
        Assert.Equal($"[R.] seq 0 ack {RcvNxt + 2}", rig.TakeText());
    }

    // Linux keeps an orphan's FIN-WAIT-2 as a record for tcp_fin_timeout (tool-formats §17); data for it is reset, a FIN leads to TIME-WAIT proper.
    [Theory, OnEveryWire]
    public void FinWait2Orphan_Fin_EntersTimeWait(string wire)
    {
        (TcpRig rig, uint iss) = HalfClosed(wire);
        SocketRow row = rig.Sockets.Snapshot(rig.Now).Single(r => r.IsTimeWait);
        Assert.True(row is { State: TcpState.FinWait2, Timer: TcpTimerKind.TimeWait, Handle: -1 });
        Assert.Equal(0, rig.Host.Sockets.Tcp.ConnectionCount);
        Assert.Equal(0, rig.Host.Sockets.Tcp.OrphanCount);
        rig.Run(30);
        rig.Say(TcpFlags.Ack, Irs + 1, iss + 2);
        Assert.Empty(rig.Take());
        rig.Say(TcpFlags.Fin | TcpFlags.Ack, Irs + 1, iss + 2);
        Assert.Equal($"[.] seq 2 ack {RcvNxt}", rig.TakeText(iss));
        row = rig.Sockets.Snapshot(rig.Now).Single(r => r.IsTimeWait);
        Assert.Equal((TcpState.TimeWait, rig.Now + TimeSpan.FromSeconds(60)), (row.State, row.TimerExpires));
    }

    [Theory, OnEveryWire]
    public void FinWait2Orphan_NoFin_EndsAfterFinTimeout(string wire)
    {
        (TcpRig rig, _) = HalfClosed(wire, s => s.Tcp.FinTimeout = TimeSpan.FromSeconds(5));
        rig.Run(4.9);
        Assert.Equal(1, rig.Host.Sockets.Tcp.TimeWaitCount);
        rig.Run(0.2);
        Assert.Equal(0, rig.Host.Sockets.Tcp.TimeWaitCount);
        Assert.Empty(rig.Take());
    }

    // SHLD-3, SM-TXT-4: data that nobody can read is answered by a reset. Wrong numbers are only acknowledged (RFC 5961).
    [Theory]
    [OnEveryWire(TcpFlags.Ack | TcpFlags.Psh, 0, "data", "[R] seq 2", 0)]
    [OnEveryWire(TcpFlags.Ack | TcpFlags.Fin, 0, "data", "[R] seq 2", 0)]
    [OnEveryWire(TcpFlags.Ack | TcpFlags.Psh, -10, "old", "[.] seq 2 ack 999", 1)]
    [OnEveryWire(TcpFlags.Ack | TcpFlags.Psh, 10_000_000, "far", "[.] seq 2 ack 999", 1)]
    [OnEveryWire(TcpFlags.Rst, 0, "", "", 0)]
    [OnEveryWire(TcpFlags.Rst, 5, "", "[.] seq 2 ack 999", 1)]
    [OnEveryWire(TcpFlags.Rst, -5, "", "", 1)]
    [OnEveryWire(TcpFlags.Syn, 7, "", "[.] seq 2 ack 999", 1)]
    [OnEveryWire(TcpFlags.Psh, 0, "data", "", 1)]
    public void FinWait2Orphan_AnySegment_FollowsTheRfc(string wire, TcpFlags flags, int offset, string text, string expected, int left)
    {
        (TcpRig rig, uint iss) = HalfClosed(wire);
        rig.Say(flags, unchecked(Irs + 1 + (uint)offset), (flags & TcpFlags.Ack) != 0 ? iss + 2 : 0, text);
        Assert.Equal(expected, rig.TakeText(iss));
        Assert.Equal(left, rig.Host.Sockets.Tcp.TimeWaitCount);
    }

    // X-LIM-1: tcp_max_tw_buckets.
    [Theory, OnEveryWire]
    public void TimeWait_TooMany_EndWithoutIt(string wire)
    {
        TcpRig rig = new(wire, s => s.Sockets.MaxTimeWaitBuckets = 10);
        int listener = rig.Listen(100);
        for (ushort i = 0; i < 30; i++)
        {
            rig.RemotePort = (ushort)(6000 + i);
            CloseFromHere(rig, listener, null);
        }

        Assert.Equal(10, rig.Host.Sockets.Tcp.TimeWaitCount);
        Assert.Equal(20, rig.Host.TcpCounters.TimeWaitOverflows);
        Assert.Equal(0, rig.Host.Sockets.Tcp.ConnectionCount);
    }

    // A socket that its owner still holds: the connection retires all the same, the unread octets stay readable (Linux; lsof shows no row then).
    [Theory, OnEveryWire]
    public void TimeWait_SocketStillOpen_KeepsItsUnreadOctets(string wire)
    {
        TcpRig rig = new(wire);
        int listener = rig.Listen();
        uint iss = rig.HandshakeFromPeer(Irs);
        rig.Sockets.Accept(listener, out int socket, out _);
        rig.Say(TcpFlags.Ack | TcpFlags.Psh, Irs + 1, iss + 1, "late news");
        rig.Sockets.Shutdown(rig.Now, socket, ShutdownHow.Send);
        rig.Take();
        rig.Say(TcpFlags.Fin | TcpFlags.Ack, Irs + 10, iss + 2);
        Assert.Equal($"[.] seq 2 ack {Irs + 11}", rig.TakeText(iss));
        Assert.Equal("Listen:0:5 TimeWait:0:0", rig.Host.States(rig.Now));
        Assert.Equal(SocketReadiness.Readable | SocketReadiness.PeerClosed | SocketReadiness.HangUp | SocketReadiness.Writable, rig.Sockets.Poll(socket));
        Assert.Equal("'late'", rig.Host.Recv(rig.Now, socket, 4));
        Assert.Equal("' news'", rig.Host.Recv(rig.Now, socket));
        Assert.Equal("''", rig.Host.Recv(rig.Now, socket));
        Assert.Equal(Errno.ENOTCONN, rig.Sockets.GetPeer(socket, out _));
        Assert.Equal(Errno.None, rig.Sockets.Close(rig.Now, socket));
        rig.Run(61);
        Assert.Empty(rig.Take());
        Assert.Equal("Listen:0:5", rig.Host.States(rig.Now));
    }

    private static (TcpRig Rig, uint Iss) Closed(string wire, bool timestamps, Action<HostSettings>? configure = null)
    {
        TcpRig rig = new(wire, configure);
        rig.Iss -= 2;
        int listener = rig.Listen();
        uint iss = CloseFromHere(rig, listener, timestamps ? LastTsVal : null);
        Assert.Equal("Listen:0:5 TimeWait:0:0", rig.Host.States(rig.Now));
        return (rig, iss);
    }

    private static uint CloseFromHere(TcpRig rig, int listener, uint? timestamp)
    {
        TcpOptionSet options = timestamp is { } t ? TcpRig.Timestamps(t, 0) : default;
        uint iss = rig.HandshakeFromPeer(Irs, timestamp);
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out int socket, out _));
        rig.Sockets.Close(rig.Now, socket);
        Assert.Equal(TcpFlags.Fin | TcpFlags.Ack, rig.TakeOne().Flags);
        rig.Say(TcpFlags.Fin | TcpFlags.Ack, Irs + 1, iss + 2, options: options);
        Assert.Equal($"[.] seq 2 ack {RcvNxt}", rig.TakeText(iss));
        return iss;
    }

    private static (TcpRig Rig, uint Iss) HalfClosed(string wire, Action<HostSettings>? configure = null)
    {
        TcpRig rig = new(wire, configure);
        rig.Iss -= 2;
        int listener = rig.Listen();
        uint iss = rig.HandshakeFromPeer(Irs);
        Assert.Equal(Errno.None, rig.Sockets.Accept(listener, out int socket, out _));
        rig.Sockets.Close(rig.Now, socket);
        rig.Take();
        rig.Say(TcpFlags.Ack, Irs + 1, iss + 2);
        return (rig, iss);
    }
}
